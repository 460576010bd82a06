"""What a study's page is made of: its folder, read again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.artifacts.manifest import read_manifest
from fedser.errors import InputError, Problems
from simulations.text.attributed import OfModels
from simulations.text.folder import StudyFolder
from simulations.text.jobs import jobs_of
from simulations.text.results import SUMMARY, TABLES, explanations_of
from simulations.text.study import TextStudy

_WORDS = ("model", "corpus", "learned_on", "method", "measure", "from", "to", "id")


@dataclass(frozen=True)
class StudyFiles:
    """A finished study: what was asked, every table by its name, and the explanations by model."""

    study: TextStudy
    summary: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    texts: pd.DataFrame
    explanations: OfModels
    stages: tuple[Mapping[str, Any], ...]

    @property
    def models(self) -> list[str]:
        """Their labels, in the study's order."""
        return [model.label for model in self.study.models]


def read_study(path: Path) -> StudyFiles:
    """Everything of the study in ``path``; raises InputError naming each file that is missing."""
    folder, problems = StudyFolder(path), Problems()
    study = folder.study()
    for name in (SUMMARY, "texts.csv", *(f"{table}.csv" for table in TABLES)):
        if not (path / name).is_file():
            problems.add(path / name, "no such file; `fedser run` makes it")
    problems.raise_if_any(InputError)
    tables = {name: _table(path / f"{name}.csv") for name in TABLES}
    job = jobs_of(study)[0].name(study)
    places = {"texts": folder.texts, "a training": folder.training(job), "explanations": folder.explanations(job)}
    stages = tuple((read_manifest(place) or {}) | {"folder": name} for name, place in places.items())
    summary = json.loads((path / SUMMARY).read_text(encoding="utf-8"))
    return StudyFiles(study, summary, tables, _table(path / "texts.csv"), explanations_of(folder, study), stages)


def _table(path: Path) -> pd.DataFrame:
    """Words are words, whatever they are: a text may be about "nan"; empty numbers are missing."""
    heads = pd.read_csv(path, nrows=0).columns
    numbers = {name: [""] for name in heads if name not in _WORDS}
    return pd.read_csv(path, keep_default_na=False, na_values=numbers, dtype={n: str for n in heads if n in _WORDS})
