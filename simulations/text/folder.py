"""The folder of a text study: where everything in it lies."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fedser.artifacts.files import write_json
from fedser.config import validate
from fedser.config.document import Document
from fedser.errors import ConfigError, InputError
from simulations.text.splits import Split
from simulations.text.study import TextStudy
from simulations.text.texts import Texts

STUDY = "study.json"
OWN, UNBIASED = "own", "unbiased"
"""The names of the study's own texts and of the unbiased ones; those of other corpora are ``cross-<corpus>``."""


@dataclass(frozen=True)
class StudyFolder:
    """Paths below one study's folder, and what its first stage has left there."""

    path: Path

    @property
    def texts(self) -> Path:
        """The texts stage: every corpus, the splits, and the vectors of a frozen encoder."""
        return self.path / "texts"

    def training(self, name: str) -> Path:
        """One training, and what it was asked."""
        return self.path / "trainings" / name

    def explanations(self, name: str) -> Path:
        """One training's explanations."""
        return self.path / "explanations" / name

    @property
    def is_study(self) -> bool:
        """Whether there is a study in it."""
        return (self.path / STUDY).is_file()

    def study(self) -> TextStudy:
        """The study that this folder holds; raises InputError where there is none."""
        file = self.path / STUDY
        if not self.is_study:
            raise InputError(f"{self.path}: not a text study's folder ({STUDY} is missing); `fedser run` makes one")
        try:
            stored = dict(json.loads(file.read_text(encoding="utf-8")))
        except ValueError as error:
            raise InputError(f"{file}: not readable ({error}); delete it and run again") from error
        return validate(TextStudy, Document(stored, {(): str(file)}))

    def claim(self, study: TextStudy) -> None:
        """Make the folder this study's; raises ConfigError where it holds something else.

        Of an earlier config whatever stage is not the same is made anew.
        """
        if self.path.exists() and not self.path.is_dir():
            raise ConfigError(f"{self.path}: not a folder; choose another with --out")
        if self.path.is_dir() and any(self.path.iterdir()) and not self.is_study:
            raise ConfigError(f"{self.path}: not empty and not a text study's folder; choose another with --out")
        write_json(self.path / STUDY, study.dump())

    def write(self, name: str, texts: Texts) -> None:
        """Keep the texts of a corpus."""
        columns = {"ids": texts.ids, "texts": texts.texts, "speakers": texts.speakers}
        numbers = {"labels": texts.labels.tolist(), "values": texts.values.tolist()}
        write_json(self.texts / f"{name}.json", {"corpus": texts.corpus} | columns | numbers)

    def read(self, name: str) -> Texts:
        """The texts of a corpus."""
        kept = json.loads((self.texts / f"{name}.json").read_text(encoding="utf-8"))
        labels, values = (np.array(kept[column], dtype=np.int64) for column in ("labels", "values"))
        return Texts(kept["corpus"], tuple(kept["ids"]), tuple(kept["texts"]), labels, values, tuple(kept["speakers"]))

    def write_splits(self, splits: list[Split]) -> None:
        """Keep the speakers of each rotation."""
        write_json(self.texts / "splits.json", [split._asdict() for split in splits])

    def splits(self) -> list[Split]:
        """The speakers of each rotation."""
        kept = json.loads((self.texts / "splits.json").read_text(encoding="utf-8"))
        return [Split(*(tuple(split[side]) for side in Split._fields)) for split in kept]
