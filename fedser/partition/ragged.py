"""Many short runs of row numbers in two arrays, as in a compressed sparse row matrix."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

Rows = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, eq=False)
class Ragged:
    """Run ``i`` is ``rows[offsets[i] : offsets[i + 1]]``: int64 [runs + 1] and int64 [rows], both read-only."""

    offsets: Rows
    rows: Rows

    def __post_init__(self) -> None:
        object.__setattr__(self, "offsets", read_only(self.offsets))
        object.__setattr__(self, "rows", read_only(self.rows))

    @classmethod
    def of(cls, runs: Sequence[Sequence[int] | Rows]) -> Self:
        """The given runs, copied."""
        arrays = [np.asarray(run, dtype=np.int64) for run in runs]
        return cls.cut(np.concatenate([np.empty(0, np.int64), *arrays]), np.array([len(a) for a in arrays], np.int64))

    @classmethod
    def cut(cls, rows: Rows, sizes: Rows) -> Self:
        """``rows`` cut into runs of ``sizes`` [runs]."""
        return cls(np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)]), rows)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[Rows]:
        return (self.run(place) for place in range(len(self)))

    def run(self, place: int) -> Rows:
        """One run, a view."""
        return self.rows[self.offsets[place] : self.offsets[place + 1]]

    @property
    def sizes(self) -> Rows:
        """The length of each run, int64 [runs]."""
        return np.diff(self.offsets)

    @property
    def owners(self) -> Rows:
        """The run of each row, int64 [rows]."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def where(self, kept: Mask) -> Self:
        """As many runs, with only those rows for which ``kept`` [rows] is true."""
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept, dtype=np.int64)])
        return type(self)(before[self.offsets], self.rows[kept])

    def only(self, kept: Mask) -> Self:
        """Only those runs for which ``kept`` [runs] is true."""
        sizes = self.sizes
        return self.cut(self.rows[np.repeat(kept, sizes)], sizes[kept])


def read_only(array: Rows) -> Rows:
    """A view that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view
