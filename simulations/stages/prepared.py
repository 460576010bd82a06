"""One role's data, ready for trainings: normalised features, labels, clients, folds, and the tables of the truth."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.artifacts.files import file_hash, write_json, write_text
from fedser.engine.data import TrainingData
from fedser.engine.simulation import Simulation
from fedser.errors import InputError
from fedser.partition.folds import held_out
from fedser.partition.partition import Partition
from fedser.partition.stored import load_partition, save_partition

_CLIENTS, _ATTRIBUTES, _OFFSETS = "clients.safetensors", "attributes.npy", "offsets.npy"


@dataclass(frozen=True)
class Prepared:
    """What lies in ``features/<role>/``: ``x.npy``, ``y.npy``, two tables, ``folds.json``, and who holds which rows.

    Where utterances are frames, ``x.npy`` has a row per frame, and ``offsets.npy`` says which are of which utterance.
    ``attributes.npy`` has the place of each row's attribute among its values, for defenses whose clients know it.
    ``clients.safetensors`` divides all rows among clients, and ``fold-0.safetensors`` holds out the first fold.
    """

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
    def persons(self) -> Mapping[str, str]:
        """The person behind each speaker: the speaker, but where speakers are a person's sessions."""
        table = self.speakers
        return dict(zip(table["speaker"], table.get("person", table["speaker"]), strict=True))

    @cached_property
    def clients(self) -> Partition:
        """Every client of the corpora, over all folds."""
        return load_partition(self.folder / _CLIENTS, len(self.utterances))

    @cached_property
    def folds(self) -> Sequence[Sequence[str]]:
        """The speakers of each fold."""
        folds: list[list[str]] = json.loads((self.folder / "folds.json").read_text(encoding="utf-8"))
        return folds

    def data(self, fold: int) -> TrainingData:
        """The training that holds out one fold: its speakers' rows are the test, all others' clients train."""
        return self._held_by(_fold(fold))

    @property
    def everyone(self) -> TrainingData:
        """All clients' training rows, no fold held out."""
        return self._held_by(_CLIENTS)

    def known(self, data: TrainingData, simulation: Simulation) -> TrainingData:
        """These data as a simulation's clients know them: with the attribute only where a defense needs it.

        Raises InputError where it was not prepared.
        """
        if not simulation.needs_attributes:
            return data
        if not (self.folder / _ATTRIBUTES).is_file():
            raise InputError(f"{self.folder}: {_ATTRIBUTES} is missing; delete {self.folder.parent} and run again")
        return data.model_copy(update={"attributes": self.folder / _ATTRIBUTES})

    @cached_property
    def content(self) -> dict[str, str]:
        """The hashes of the features and the labels."""
        offsets = {"offsets": file_hash(self.offsets)} if self.offsets else {}
        return {name: file_hash(self.folder / f"{name}.npy") for name in ("x", "y")} | offsets

    @property
    def offsets(self) -> Path | None:
        """Where it lies which frames are of which utterance; None where an utterance is one vector."""
        return path if (path := self.folder / _OFFSETS).is_file() else None

    def known_content(self, simulation: Simulation) -> dict[str, str]:
        """The hash of what clients of a simulation know beside these."""
        return {"attributes": file_hash(self.folder / _ATTRIBUTES)} if simulation.needs_attributes else {}

    @cached_property
    def owners(self) -> Sequence[str]:
        """The speaker behind each client's pseudonym, in the order of the clients."""
        first = self.clients.train.rows[self.clients.train.offsets[:-1]]
        owners: list[str] = self.utterances["speaker"].to_numpy()[first].tolist()
        return owners

    def _held_by(self, partition: str) -> TrainingData:
        return TrainingData(
            features=self.folder / "x.npy",
            labels=self.folder / "y.npy",
            partition=self.folder / partition,
            offsets=self.offsets,
        )


def write_prepared(
    folder: Path,
    x: np.ndarray,
    y: np.ndarray,
    utterances: pd.DataFrame,
    speakers: pd.DataFrame,
    clients: Partition,
    folds: Sequence[Sequence[str]],
    attributes: np.ndarray | None = None,
    offsets: np.ndarray | None = None,
) -> Prepared:
    """Write one role's data into ``folder``; with ``offsets`` [utterances + 1] where the rows of ``x`` are frames."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    for name, given in ((_ATTRIBUTES, attributes), (_OFFSETS, offsets)):
        if given is not None:
            np.save(folder / name, given)
    write_text(folder / "utterances.csv", utterances.to_csv(index=False))
    write_text(folder / "speakers.csv", speakers.to_csv(index=False))
    write_json(folder / "folds.json", [list(fold) for fold in folds])
    save_partition(folder / _CLIENTS, clients)
    for number, fold in enumerate(folds):
        save_partition(folder / _fold(number), clients.hold_out(held_out(utterances["speaker"], fold)))
    return Prepared(folder)


def _fold(number: int) -> str:
    return f"fold-{number}.safetensors"


def _read_table(path: Path) -> pd.DataFrame:
    # Ids such as "03" are words, and "NA" is one too.
    return pd.read_csv(path, dtype=str, keep_default_na=False)
