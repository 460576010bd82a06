"""One role's data, ready for trainings: normalised features, labels, clients, folds, and the tables of the truth."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.artifacts.files import write_json, write_text
from fedser.engine.data import TrainingData
from fedser.partition.folds import training_speakers
from fedser.partition.partition import ClientRows, Partition


@dataclass(frozen=True)
class Prepared:
    """What lies in ``features/<role>/``: ``x.npy``, ``y.npy``, ``clients.json``, ``folds.json`` and two tables."""

    folder: Path

    @cached_property
    def utterances(self) -> pd.DataFrame:
        """One row per row of ``x``: utterance, speaker, emotion, corpus."""
        return _read_table(self.folder / "utterances.csv")

    @cached_property
    def speakers(self) -> pd.DataFrame:
        """One row per speaker, with the attributes: the truth, which no attacker sees."""
        return _read_table(self.folder / "speakers.csv")

    @cached_property
    def clients(self) -> Mapping[str, ClientRows]:
        """Every client of the corpora, over all folds."""
        stored = json.loads((self.folder / "clients.json").read_text(encoding="utf-8"))
        return {
            name: ClientRows(train=tuple(r["train"]), validation=tuple(r["validation"])) for name, r in stored.items()
        }

    @cached_property
    def folds(self) -> Sequence[Sequence[str]]:
        """The speakers of each fold."""
        folds: list[list[str]] = json.loads((self.folder / "folds.json").read_text(encoding="utf-8"))
        return folds

    def data(self, held_out: int) -> TrainingData:
        """The training that holds out one fold: its speakers' rows are the test, all others' clients train."""
        speaker = self.utterances["speaker"].to_numpy()
        training = np.isin(speaker, sorted(training_speakers(self.folds, held_out)))
        kept = {name: _only(rows, training) for name, rows in self.clients.items()}
        return TrainingData(
            features=self.folder / "x.npy",
            labels=self.folder / "y.npy",
            partition=Partition(
                clients={name: rows for name, rows in kept.items() if rows.train},
                test=tuple(map(int, np.flatnonzero(~training))),
            ),
        )

    def speaker_of(self, client: str) -> str:
        """The speaker behind a client's pseudonym."""
        return str(self.utterances["speaker"][self.clients[client].train[0]])


def write_prepared(
    folder: Path,
    x: np.ndarray,
    y: np.ndarray,
    utterances: pd.DataFrame,
    speakers: pd.DataFrame,
    clients: Mapping[str, ClientRows],
    folds: Sequence[Sequence[str]],
) -> Prepared:
    """Write one role's data into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    write_text(folder / "utterances.csv", utterances.to_csv(index=False))
    write_text(folder / "speakers.csv", speakers.to_csv(index=False))
    write_json(folder / "folds.json", [list(fold) for fold in folds])
    write_json(folder / "clients.json", {name: rows.model_dump(mode="json") for name, rows in clients.items()})
    return Prepared(folder)


def _only(rows: ClientRows, keep: np.ndarray) -> ClientRows:
    return ClientRows(
        train=tuple(row for row in rows.train if keep[row]),
        validation=tuple(row for row in rows.validation if keep[row]),
    )


def _read_table(path: Path) -> pd.DataFrame:
    # Ids such as "03" are words, and "NA" is one too.
    return pd.read_csv(path, dtype=str, keep_default_na=False)
