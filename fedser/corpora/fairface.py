"""FairFace: faces balanced over seven races, with gender and age (Karkkainen and Joo 2021).

``fairface_label_train.csv`` and ``fairface_label_val.csv`` beside ``train/`` and ``val/``:
``file,age,gender,race,service_test`` and ``train/1.jpg,50-59,Male,East Asian,True``.
"""

import re
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.layout import listed
from fedser.corpora.presence import TabledReader
from fedser.corpora.published import Published
from fedser.corpora.reader import CorpusName, ReadContext
from fedser.corpora.release import Release
from fedser.corpora.table import read_table
from fedser.errors import InputError, Problems

_TABLES = MappingProxyType({"train": "fairface_label_train.csv", "dev": "fairface_label_val.csv"})
_GENDERS = MappingProxyType({"Male": "male", "Female": "female"})
_VALUES = MappingProxyType(
    {
        "gender": tuple(_GENDERS),
        "age": ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70"),
        "race": (
            "White",
            "Black",
            "Indian",
            "East Asian",
            "Southeast Asian",
            "Middle Eastern",
            "Latino_Hispanic",
        ),
    }
)
"""The attributes, in our order, and what the tables say of them."""

_RELEASE = Release(title="FairFace", obtain="https://github.com/joojs/fairface", signs=tuple(_TABLES.values()))


class FairFace(TabledReader):
    """FairFace: faces of 7 races, each a speaker of its own, with gender and age; no emotion, for audits of bias."""

    source: ClassVar[str] = (
        "Karkkainen and Joo 2021, FairFace: Face Attribute Dataset for Balanced Race, Gender, and Age"
    )
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            "the authors' release (train and validation)",
            utterances={"split": {"train": 86744, "dev": 10954}},
            all_utterances=97698,
            all_speakers=97698,
        ),
    )
    name: Literal["fairface"] = "fairface"
    corpus: CorpusName = "fairface"
    path: str = "fairface"
    """The folder that holds the two tables, ``train/`` and ``val/``: absolute, or below the data root."""

    def survey(self, context: ReadContext) -> Corpus:
        """The faces, their ``split`` (train, dev), and as speakers the people: ``gender``, ``age`` (a range), ``race``.

        Faces are taken for different people; the tables do not tell whether they are.
        """
        root, problems, tables = _RELEASE.folder(context, self.path), Problems(), []
        for split, name in _TABLES.items():
            with problems.collect(InputError):
                tables.append(_table(root / name).assign(split=split))
        problems.raise_if_any(InputError)
        faces = pd.concat(tables, ignore_index=True)
        faces["utterance"] = faces["file"].str.rsplit(".", n=1).str[0]
        faces["path"] = [str(root / file) if (root / file).is_file() else None for file in faces["file"]]
        faces["speaker"] = faces["utterance"]
        people = faces.assign(gender=faces["gender"].map(_GENDERS)).sort_values("speaker", ignore_index=True)
        utterances = faces[["utterance", "path", "speaker", "split"]]
        return Corpus(self.corpus, utterances, people[["speaker", *_VALUES]], media="image")


def _table(csv: Path) -> pd.DataFrame:
    if not csv.is_file():
        raise InputError(f"{csv}: no such file; {_RELEASE.title} has its attributes there")
    table, problems = read_table(csv, ",", {column: column for column in ("file", *_VALUES)}), Problems()
    for column, good in _VALUES.items():
        if bad := sorted(set(table[column]) - set(good)):
            problems.add(csv, f"unknown {column} {listed(map(repr, bad))} (choose from {', '.join(good)}){_dates(bad)}")
    problems.raise_if_any(InputError)
    return table


def _dates(values: list[str]) -> str:
    """Why ages may look like dates: copies of the tables that went through a spreadsheet have 9-Mar for 3-9."""
    dated = any(re.fullmatch(r"\d+-[A-Z][a-z]{2}", value) for value in values)
    return "; a spreadsheet made dates of ages: take the authors' own file" if dated else ""
