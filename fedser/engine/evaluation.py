"""How good a model is: right answers on every client's validation rows and on the test speakers' rows.

Measured by the simulation, which has all the data; no observer of the federation sees it. The rows are cut into pieces,
whose size nothing but their number decides, and a piece's result are integers: whoever computes which piece, the scores
are the same.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from fedser.algorithms.average import cut
from fedser.engine.data import Features, Labels, OpenData
from fedser.engine.selection import Selection
from fedser.errors import InputError
from fedser.metrics.recall import Counts, client_weighted_uar, mean_recall
from fedser.models.frames import Frames
from fedser.partition.ragged import Ragged, Rows
from fedser.tasks import TaskConfig

PIECE = 512
"""Rows in one forward pass, at most: of fewer, what surrounds the arithmetic would count."""

WHOLE = 128
"""Up to so many rows are one piece: they are not worth to be shared out."""

SHARES = 4
"""Several pieces are a multiple of it, and of one size: two or four workers have as much to do each."""

RESIDENT = 2**30
"""Up to so many bytes of features in all, a piece is gathered once and kept; above, whenever it is wanted."""

Predict = Callable[[Features, int], Labels]
"""float32 [rows, dims] of the piece of that number -> the most probable class of each row, int64 [rows]."""


@dataclass(frozen=True)
class Scores:
    """Accuracy and UAR on the clients' validation rows (pooled) and on the test rows; NaN where there are none."""

    validation_accuracy: float
    validation_uar: float
    test_accuracy: float
    test_uar: float
    selection: float


@dataclass(frozen=True)
class Hits:
    """The right answers in one piece, int64 [cells], counted from the first cell of its first group."""

    piece: int
    counts: Counts


class Evaluation:
    """Scores models on one training's validation and test rows: all at once, or piece by piece.

    Each client with validation rows, and then the test, is a group; a cell is one true class in one group.
    """

    def __init__(self, data: OpenData, task: TaskConfig, selection: Selection) -> None:
        self._x, self._selection, self._classes = data.x, selection, len(task.classes)
        self._rows = np.concatenate([data.partition.validation.rows, data.partition.test])
        groups, number = _groups(data.partition.validation, len(data.partition.test))
        self._cells = groups * self._classes + self._labels(data)
        self._sizes = np.bincount(self._cells, minlength=number * self._classes)
        self._spans = [slice(part.start, part.stop) for part in cut(len(self._rows), _pieces(len(self._rows)))]
        self._gathered: dict[int, Features] = {}
        self._keeps = gathered(data) > 0

    @property
    def pieces(self) -> int:
        """How many pieces there are."""
        return len(self._spans)

    def rows(self, piece: int) -> Rows:
        """The numbers of the rows of one piece, int64 [rows]."""
        rows: Rows = self._rows[self._spans[piece]]
        return rows

    def features(self, piece: int) -> Features:
        """The rows of one piece, float32 [rows, dims]: the same for every model."""
        if piece in self._gathered:
            return self._gathered[piece]
        gathered: Features = self._x[self.rows(piece)]
        if self._keeps:
            self._gathered[piece] = gathered
        return gathered

    def hits(self, piece: int, labels: Labels) -> Hits:
        """Which of the predicted ``labels`` of one piece are right, counted by cell."""
        cells = self._cells[self._spans[piece]]
        right = cells[labels == cells % self._classes]
        return Hits(piece, np.bincount(right - self._first(piece)))

    def piece(self, piece: int, predict: Predict) -> Hits:
        """One forward pass, counted."""
        return self.hits(piece, predict(self.features(piece), piece))

    def scores(self, pieces: Iterable[Hits]) -> Scores:
        """The scores from the hits of every piece, in any order; raises ValueError where one is missing or twice."""
        counts, seen = np.zeros_like(self._sizes), list[int]()
        for hits in pieces:
            first = self._first(hits.piece)
            counts[first : first + len(hits.counts)] += hits.counts
            seen.append(hits.piece)
        if sorted(seen) != list(range(self.pieces)):
            raise ValueError(f"hits of the pieces {sorted(seen)}: give each of {self.pieces} once")
        hits_of, sizes_of = (cells.reshape(-1, self._classes) for cells in (counts, self._sizes))
        validation = hits_of[:-1].sum(axis=0), sizes_of[:-1].sum(axis=0)
        test = hits_of[-1], sizes_of[-1]
        uar = float(mean_recall(*validation))
        by_client = self._selection.by == "client" and len(sizes_of) > 1
        return Scores(
            validation_accuracy=_accuracy(*validation),
            validation_uar=uar,
            test_accuracy=_accuracy(*test),
            test_uar=float(mean_recall(*test)),
            selection=client_weighted_uar(hits_of[:-1], sizes_of[:-1]) if by_client else uar,
        )

    def __call__(self, predict: Predict) -> Scores:
        """The scores of one model, all pieces in turn."""
        return self.scores(self.piece(piece, predict) for piece in range(self.pieces))

    def _first(self, piece: int) -> int:
        """The first cell of the group of a piece's first row."""
        return int(self._cells[self._spans[piece].start]) // self._classes * self._classes

    def _labels(self, data: OpenData) -> Labels:
        """The labels of the rows held out; refuses any label that is no class, since no engine looks at them again."""
        if data.y.min(initial=0) < 0 or data.y.max(initial=0) >= self._classes:
            wrong = np.flatnonzero((data.y < 0) | (data.y >= self._classes))[0]
            raise InputError(f"labels: row {wrong}: {data.y[wrong]} (choose from 0 to {self._classes - 1})")
        labels: Labels = data.y[self._rows]
        return labels


def gathered(data: OpenData) -> int:
    """The bytes of features that an Evaluation of all pieces holds in the end: all that are held out, or none.

    Of frames none, since a pass over them takes far longer than to gather them.
    """
    if isinstance(data.x, Frames):
        return 0
    size = (len(data.partition.validation.rows) + len(data.partition.test)) * data.x[:1].nbytes
    return size if size <= RESIDENT else 0


def _groups(held: Ragged, test: int) -> tuple[Rows, int]:
    """The group of each row and the number of groups: found from the rows, however many clients hold none."""
    owners = np.searchsorted(held.offsets, np.arange(len(held.rows)), side="right")
    groups = np.cumsum(np.diff(owners, prepend=owners[:1]) > 0, dtype=np.int64)
    last = int(groups[-1]) + 1 if len(groups) else 0
    return np.append(groups, np.full(test, last)), last + 1


def _pieces(rows: int) -> int:
    return min(rows, 1) if rows <= WHOLE else SHARES * math.ceil(rows / (SHARES * PIECE))


def _accuracy(hits: Counts, sizes: Counts) -> float:
    return float(hits.sum() / sizes.sum()) if sizes.any() else math.nan
