"""Tables that users write: CSV read strictly as text, and what can be wrong with one, each with its lines."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.corpora.layout import listed, refuse_pointers
from fedser.errors import InputError, Problems

Renaming = tuple[str, Mapping[str, str]]
"""What to call the map in a message, and the new name of each value."""

_NUMBER = re.compile(r"0|[1-9]\d*")


def read_table(path: Path, delimiter: str, wanted: Mapping[str, str], header: Sequence[str] = ()) -> pd.DataFrame:
    """The ``wanted`` columns (the name to give each, and its name in the file), as text, indexed by line number.

    ``header`` names the columns of a file that does not do so in its first line. Lines with no text at all are left
    out. Raises InputError for a git-lfs pointer, a file that is not CSV in UTF-8, an empty one, columns that are
    missing or given twice, and rows of another length than the header.
    """
    refuse_pointers(path.parent, [path])
    names, rows = _rows(path, delimiter, header)
    if not names:
        raise InputError(f"{path}: an empty file")
    problems = Problems()
    for column in dict.fromkeys(wanted.values()):
        if names.count(column) != 1:
            fault = "more than one column" if column in names else "no column"
            problems.add(f"{path}:1", f"{fault} {column!r}; the columns are {', '.join(names)}")
    uneven = [line for line, row in rows if len(row) != len(names)]
    if uneven:
        problems.add(path, f"{len(names)} columns, but more or fewer cells on {_lines(uneven)}")
    if not rows:
        problems.add(path, "an empty file" if header else "no rows below the header")
    problems.raise_if_any(InputError)
    places = {name: names.index(column) for name, column in wanted.items()}
    picked = [[row[place].strip() for place in places.values()] for _, row in rows]
    return pd.DataFrame(picked, columns=list(places), index=[line for line, _ in rows])


def empty_cells(path: Path, table: pd.DataFrame, columns: Iterable[str]) -> list[str]:
    """A problem for each of ``columns`` that has cells without text."""
    empty = {column: list(table.index[table[column] == ""]) for column in columns}
    return [f"{path}: no {column} on {_lines(lines)}" for column, lines in empty.items() if lines]


def numbers(path: Path, table: pd.DataFrame, column: str, problems: Problems, whole: bool = False) -> pd.Series:
    """``column`` as float64, NaN where a cell is empty; one that is no finite (no ``whole``) number is a problem."""
    cells = table[column]
    values = pd.to_numeric(cells, errors="coerce").astype("float64")
    fit = np.isfinite(values) & (not whole or values % 1 == 0)
    wrong = cells[(cells != "") & ~fit]
    if len(wrong):
        kind = "whole number" if whole else "number"
        problems.add(path, f"{column} is not a {kind} on {_lines(list(wrong.index))}: {listed(wrong.unique())}")
    return values


def renamed(
    path: Path, whole: pd.DataFrame, rows: pd.DataFrame, maps: Mapping[str, Renaming], problems: Problems
) -> pd.DataFrame:
    """``rows`` with the values of some columns renamed; those that are not named stay as they are.

    A name that never occurs in the ``whole`` table is a problem: it is a slip of the pen, and what it was to rename
    would stay.
    """
    for column, (key, names) in maps.items():
        if never := sorted(set(names) - set(whole[column])):
            found = listed(sorted(set(whole[column]) - {""}))
            problems.add(path, f"{key}: {listed(never)} never occurs; the values are {found}")
    new = {column: [names.get(cell, cell) for cell in rows[column]] for column, (_, names) in maps.items()}
    return rows.assign(**new)


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


def _rows(path: Path, delimiter: str, header: Sequence[str]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header (where none is given, that of the first line), and each row with the line it ends on."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            names = list(header) or [column.strip() for column in next(reader, [])]
            return names, [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
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
