"""The data of one training, by path: what a worker opens for itself instead of receiving matrices."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from fedser.config import Frozen
from fedser.errors import InputError
from fedser.models.frames import Frames
from fedser.partition.names import Names
from fedser.partition.partition import Partition
from fedser.partition.ragged import Rows
from fedser.partition.stored import load_partition

if TYPE_CHECKING:
    import torch

Features = np.ndarray[Any, np.dtype[np.float32]]
Labels = np.ndarray[Any, np.dtype[np.int64]]


class TrainingData(Frozen):
    """Where the normalised features (float32 .npy), the labels (int64 .npy) and the partition of their rows lie.

    Where utterances are frames, the features are those of all frames, and ``offsets`` (int64 .npy) says which are of
    which utterance: the rows that all else speaks of are the utterances.
    Where a defense has clients know it, the attribute of each row (int64 .npy) as well: it stays with them.
    """

    features: Path
    labels: Path
    partition: Path
    attributes: Path | None = None
    offsets: Path | None = None

    def absolute(self) -> Self:
        """The same data under paths that hold in any working directory."""
        return self.model_copy(update={name: place.absolute() for name, place in self if place})

    def open(self) -> "OpenData":
        """Map everything into memory; raises InputError where the files do not belong together."""
        # As plain arrays: each slice of a memmap is one too, and costs a microsecond more. Read-only, since Linux
        # refuses to map what is larger than its memory for writing, even copy-on-write.
        rows, y = (np.asarray(np.load(path, mmap_mode="r")) for path in (self.features, self.labels))
        x = rows if self.offsets is None else self._framed(rows, self.offsets)
        if len(x) != len(y):
            raise InputError(f"{self.labels}: {len(y)} labels, but {self.features} has {len(x)} rows")
        return OpenData(x, y, load_partition(self.partition, len(y)), self._open_attributes(len(y)))

    @staticmethod
    def _framed(rows: Features, offsets: Path) -> Frames:
        frames = Frames(rows, np.asarray(np.load(offsets, mmap_mode="r")))
        if len(rows) != frames.offsets[-1]:
            raise InputError(f"{offsets}: {frames.offsets[-1]} frames, but there are {len(rows)}")
        return frames

    def _open_attributes(self, rows: int) -> "Labels | None":
        if self.attributes is None:
            return None
        attributes: Labels = np.asarray(np.load(self.attributes, mmap_mode="r"))
        if len(attributes) != rows:
            raise InputError(f"{self.attributes}: {len(attributes)} attributes, but {self.features} has {rows} rows")
        return attributes


@dataclass(frozen=True)
class OpenData:
    """``x`` is float32 [utterances, dims], ``y`` int64 [utterances], both memory-mapped like the partition.

    Where utterances are frames, some rows of ``x`` are a batch of them, float32 [some, time, dims + 1].
    ``attributes`` int64 [utterances] are there where clients are to know them.
    """

    x: Features | Frames
    y: Labels
    partition: Partition
    attributes: Labels | None = None

    @property
    def clients(self) -> Names:
        """The training clients, sorted."""
        return self.partition.names

    def tensors(self) -> "tuple[torch.Tensor, torch.Tensor]":
        """``x`` and ``y`` as torch sees them, in the same mapped memory, which cannot be written to.

        Raises TypeError where utterances are frames, which are no matrix.
        """
        import torch

        if isinstance(self.x, Frames):
            raise TypeError("frames are no matrix")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
            return torch.from_numpy(self.x), torch.from_numpy(self.y)

    def train_rows(self, name: str) -> Rows:
        """The rows that one client trains on, int64 [utterances], a view."""
        return self.partition.train_rows(name)
