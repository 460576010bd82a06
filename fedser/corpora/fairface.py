"""FairFace: faces balanced over seven races, with gender and age (Karkkainen and Joo 2021).

``fairface_label_train.csv`` and ``fairface_label_val.csv`` beside ``train/`` and ``val/``:
``file,age,gender,race,service_test`` and ``train/1.jpg,50-59,Male,East Asian,True``.
"""

from types import MappingProxyType
from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.presence import TabledReader
from fedser.corpora.published import Published
from fedser.corpora.reader import CorpusName, ReadContext
from fedser.corpora.sheets import Sheet, SheetRelease
from fedser.errors import Problems

_TABLES = MappingProxyType({"train": "fairface_label_train.csv", "dev": "fairface_label_val.csv"})
_GENDERS = MappingProxyType({"Male": "male", "Female": "female"})
_AGES = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70")
_RACES = ("White", "Black", "Indian", "East Asian", "Southeast Asian", "Middle Eastern", "Latino_Hispanic")
_ATTRIBUTES = ["gender", "age", "race"]
_RELEASE = SheetRelease(title="FairFace", obtain="https://github.com/joojs/fairface", signs=tuple(_TABLES.values()))


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
        root, problems = _RELEASE.folder(context, self.path), Problems()
        sheets = _RELEASE.sheets(root, _TABLES, ("file", *_ATTRIBUTES), problems)
        parts = [_faces(split, sheet) for split, sheet in sheets.items()]
        problems.raise_if_any()
        faces = pd.concat(parts, ignore_index=True)
        faces["utterance"] = faces["file"].str.rsplit(".", n=1).str[0]
        faces["path"] = [str(root / file) if (root / file).is_file() else None for file in faces["file"]]
        faces["speaker"] = faces["utterance"]
        people = faces[["speaker", *_ATTRIBUTES]].sort_values("speaker", ignore_index=True)
        return Corpus(self.corpus, faces[["utterance", "path", "speaker", "split"]], people, media="image")


def _faces(split: str, sheet: Sheet) -> pd.DataFrame:
    if sheet.cells["age"].str.fullmatch(r"\d+-[A-Z][a-z]{2}").any():  # 9-Mar for 3-9
        sheet.problems.add(sheet.path, "a spreadsheet made dates of ages: take the authors' own file")
    return pd.DataFrame(
        {
            "file": sheet.filled("file"),
            "gender": sheet.named("gender", _GENDERS),
            "age": sheet.named("age", dict(zip(_AGES, _AGES, strict=True))),
            "race": sheet.named("race", dict(zip(_RACES, _RACES, strict=True))),
            "split": split,
        }
    )
