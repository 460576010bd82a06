"""ISEAR's table: its lines as cells, and its texts mended and told from those that tell of nothing."""

import re
from pathlib import Path

import pandas as pd

from fedser.corpora.layout import listed, refuse_pointers
from fedser.errors import InputError, Problems

_COLUMNS = ("ID", "SEX", "AGE", "COUN", "RELI", "FIEL", "Field1", "MYKEY", "SIT")
_END = ["SIT", "STATE", ""]
# Latin-1 as another code page shows it: a no-break space (where a line ended), an o umlaut, a degree sign.
_MEANT = str.maketrans({"á": " ", "÷": "ö", "¦": "°"})

NO_RESPONSE = re.compile(
    r"""\W*(?:
    no\ res?ponse | no\ description | blank | none | nothing | never | not\ included\ on\ questionnaire
    | not\ applicable(?:\ to\ myself)? | does(?:\ not|n't)\ apply | do\ not\ know
    | (?:i\ )?(?:can\ ?not|can't|do\ not|don't)\ (?:remember|recall|think\ of|describe)\b[^.,;:-]*
    | (?:i\ have\ )?(?:never|not)\ (?:experienced|felt)(?:\ (?:the|this)\ emotion)?(?:\ yet|\ in\ my\ life)?
    )\W*""",
    re.IGNORECASE | re.VERBOSE,
)
"""What the whole of a text is that tells of no event."""


def read_answers(path: Path) -> pd.DataFrame:
    """The cells of the columns that are read, as text, indexed by line number; the texts (``SIT``) are mended.

    Raises InputError for a git-lfs pointer, a file that is not UTF-8, and, at once, for columns that are missing or
    elsewhere and lines of too few cells. A text may have more ``|`` than it should, so that the two cells after it are
    counted from the end.
    """
    refuse_pointers(path.parent, [path])
    header, *lines = [line.split("|") for line in _lines(path)]
    problems = Problems()
    for column in _COLUMNS:
        if column not in header:
            problems.add(f"{path}:1", f"no column {column!r}; the columns are {', '.join(filter(None, header))}")
    if header[-len(_END) :] != _END:
        problems.add(f"{path}:1", "the last columns are not SIT and STATE, each followed by '|'")
    rows = {number: cells for number, cells in enumerate(lines, start=2) if cells != [""]}
    short = [number for number, cells in rows.items() if len(cells) < len(header)]
    if short:
        problems.add(path, f"{len(header)} cells to a line, but fewer on line {listed(short)}")
    if not rows:
        problems.add(path, "no rows below the header")
    problems.raise_if_any()
    table = {column: [cells[header.index(column)].strip() for cells in rows.values()] for column in _COLUMNS}
    table["SIT"] = [mended("|".join(cells[header.index("SIT") : -2])) for cells in rows.values()]
    return pd.DataFrame(table, index=list(rows))


def mended(text: str) -> str:
    """A text without the marks of where its lines ended, and with its quotes as they were typed.

    In a text with quotes an opening one is a backslash, a closing one a backslash and a quote, and one more quote
    stands at the end of all.
    """
    if "\\" in text:
        text = text.removesuffix('"').replace('\\"', '"').replace("\\", '"')
    return " ".join(text.replace("|", " ").translate(_MEANT).split())


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
