"""Tables that users write: CSV read strictly as text, and what can be wrong with one, each with its lines."""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from fedser.corpora.layout import listed
from fedser.errors import InputError, Problems

_NUMBER = re.compile(r"0|[1-9]\d*")


def read_table(path: Path, delimiter: str, wanted: Mapping[str, str]) -> pd.DataFrame:
    """The ``wanted`` columns (the name to give each, and its name in the file), as text, indexed by line number.

    Lines with no text at all are left out. Raises InputError for a file that is not CSV in UTF-8, an empty one, columns
    that are missing or given twice, and rows of another length than the header.
    """
    header, rows = _rows(path, delimiter)
    if not header:
        raise InputError(f"{path}: an empty file")
    problems = Problems()
    for column in dict.fromkeys(wanted.values()):
        if header.count(column) != 1:
            fault = "more than one column" if column in header else "no column"
            problems.add(f"{path}:1", f"{fault} {column!r}; the columns are {', '.join(header)}")
    uneven = [line for line, row in rows if len(row) != len(header)]
    if uneven:
        problems.add(path, f"{len(header)} columns, but more or fewer cells on {_lines(uneven)}")
    if not rows:
        problems.add(path, "no rows below the header")
    problems.raise_if_any(InputError)
    places = {name: header.index(column) for name, column in wanted.items()}
    picked = [[row[place].strip() for place in places.values()] for _, row in rows]
    return pd.DataFrame(picked, columns=list(places), index=[line for line, _ in rows])


def column_problems(path: Path, table: pd.DataFrame) -> list[str]:
    """Rows without path, speaker or emotion, and paths that stand in more than one row."""
    problems = []
    for column in ("path", "speaker", "emotion"):
        empty = table.index[table[column] == ""]
        if len(empty):
            problems.append(f"{path}: no {column} on {_lines(list(empty))}")
    twice = table.loc[table["path"].duplicated() & (table["path"] != ""), "path"]
    if len(twice):
        problems.append(f"{path}: audio files given more than once: {listed(twice.unique())}")
    return problems


def speaker_table(path: Path, table: pd.DataFrame, attributes: Sequence[str], problems: Problems) -> pd.DataFrame:
    """One row per speaker, sorted; an empty cell says nothing, and cells that disagree are a problem."""
    groups = table.groupby("speaker", sort=True)
    speakers = pd.DataFrame({"speaker": list(groups.groups)})
    for attribute in attributes:
        known = {speaker: sorted(set(cells) - {""}) for speaker, cells in groups[attribute]}
        torn = [f"{speaker} ({', '.join(values)})" for speaker, values in known.items() if len(values) > 1]
        if torn:
            problems.add(path, f"{attribute} differs between rows of one speaker: {listed(torn)}")
        speakers[attribute] = _typed([values[0] if values else None for values in known.values()])
    return speakers


def _rows(path: Path, delimiter: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each row with the line it ends on."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            header = [column.strip() for column in next(reader, [])]
            return header, [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: not CSV ({error})") from error


def _lines(numbers: Sequence[int]) -> str:
    return f"line{'s' if len(numbers) > 1 else ''} {listed(numbers)}"


def _typed(values: Sequence[str | None]) -> pd.Series:
    """Whole numbers (an age) as integers, anything else as text; None where nothing is known."""
    known = [value for value in values if value is not None]
    if known and all(_NUMBER.fullmatch(value) for value in known):
        return pd.Series([None if value is None else int(value) for value in values], dtype="Int64")
    return pd.Series(values, dtype="str")
