"""The tables of CREMA-D: who the actors are, and what the viewers and listeners voted."""

from pathlib import Path

import pandas as pd

from fedser.corpora.layout import listed
from fedser.corpora.table import read_table
from fedser.errors import InputError, Problems

DEMOGRAPHICS = "VideoDemographics.csv"
RESULTS = "processedResults"
VOTES = f"{RESULTS}/summaryTable.csv"

_DEMOGRAPHICS_COLUMNS = {
    "speaker": "ActorID",
    "gender": "Sex",
    "age": "Age",
    "race": "Race",
    "ethnicity": "Ethnicity",
}
_VOTED = frozenset("ADFHNS")
_GENDERS = {"Female": "female", "Male": "male"}


def read_demographics(folder: Path) -> pd.DataFrame:
    """The actors: ``speaker``, ``gender``, ``age`` in years, ``race`` and ``ethnicity`` (missing where unknown).

    The table lies in ``folder`` (its official place) or in ``processedResults``. Raises InputError where it lies in
    neither, or differs between the two, and for what cannot stand in it.
    """
    tables = [path for path in (folder / DEMOGRAPHICS, folder / RESULTS / DEMOGRAPHICS) if path.is_file()]
    if not tables:
        raise InputError(f"{folder}: no {DEMOGRAPHICS}, neither there nor in {RESULTS}")
    actors = [_actors(path) for path in tables]
    if not actors[0].equals(actors[-1]):
        raise InputError(f"{tables[0]}: not the same table as {tables[-1]}; keep one of them")
    return actors[0]


def read_votes(folder: Path, column: str) -> pd.DataFrame:
    """``clip`` and ``vote``: letters of emotions, such as ``A``, or ``N:S`` for a tie; indexed by line number."""
    path = folder / VOTES
    if not path.is_file():
        raise InputError(
            f"{path}: no such file; it holds the votes (the emotions of the file names need none: labels: intended)"
        )
    votes = read_table(path, ",", {"clip": "FileName", "vote": column})
    strange = [f"{vote} on line {line}" for line, vote in votes["vote"].items() if not set(vote.split(":")) <= _VOTED]
    if strange:
        raise InputError(f"{path}: {column} is not of the letters {', '.join(sorted(_VOTED))}: {listed(strange)}")
    return votes


def _actors(path: Path) -> pd.DataFrame:
    table, problems = read_table(path, ",", _DEMOGRAPHICS_COLUMNS), Problems()
    for column, what, good in (
        ("speaker", "an actor's number", table["speaker"].str.fullmatch(r"\d{4}")),
        ("gender", "Female or Male", table["gender"].isin(list(_GENDERS))),
        ("age", "an age in years", table["age"].str.fullmatch(r"\d{1,3}")),
    ):
        for line, value in table.loc[~good, column].items():
            problems.add(f"{path}:{line}", f"{_DEMOGRAPHICS_COLUMNS[column]} {value!r} is not {what}")
    twice = table.loc[table["speaker"].duplicated(), "speaker"]
    if len(twice):
        problems.add(path, f"actors given more than once: {listed(twice)}")
    problems.raise_if_any(InputError)
    known = table[["race", "ethnicity"]].where(~table[["race", "ethnicity"]].isin(["Unknown", ""]))
    told = {"gender": table["gender"].map(_GENDERS), "age": table["age"].astype("Int64")}
    return table.assign(**told, **known).sort_values("speaker", ignore_index=True)
