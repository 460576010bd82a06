"""The data of one training, by path: what a worker opens for itself instead of receiving matrices."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from fedser.algorithms.algorithm import ClientData
from fedser.config import Frozen
from fedser.partition.partition import Partition

Rows = np.ndarray[Any, np.dtype[np.int64]]


class TrainingData(Frozen):
    """Where the normalised features (float32 .npy) and the labels (int64 .npy) lie, and who holds which rows."""

    features: Path
    labels: Path
    partition: Partition

    def absolute(self) -> Self:
        """The same data under paths that hold in any working directory."""
        return self.model_copy(update={"features": self.features.absolute(), "labels": self.labels.absolute()})

    def open(self) -> "OpenData":
        """Map the matrices into memory."""
        return OpenData(np.load(self.features, mmap_mode="r"), np.load(self.labels, mmap_mode="r"), self.partition)


@dataclass(frozen=True)
class OpenData:
    """``x`` is float32 [utterances, dims], ``y`` int64 [utterances], both memory-mapped."""

    x: np.ndarray[Any, np.dtype[np.float32]]
    y: np.ndarray[Any, np.dtype[np.int64]]
    partition: Partition

    @property
    def clients(self) -> list[str]:
        """The training clients, sorted."""
        return sorted(self.partition.clients)

    def client(self, name: str) -> ClientData:
        """A copy of one client's training data."""
        rows = np.asarray(self.partition.clients[name].train)
        return ClientData(self.x[rows], self.y[rows])
