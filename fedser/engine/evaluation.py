"""How good a model is: confusion counts of every client's validation rows and of the test speakers.

Measured by the simulation, which has all the data; no observer of the federation sees it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from fedser.engine.data import OpenData
from fedser.engine.selection import Selection
from fedser.metrics.recall import accuracy, client_weighted_uar, uar
from fedser.tasks import TaskConfig

Counts = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Scores:
    """Accuracy and UAR on the clients' validation rows (pooled) and on the test rows; NaN where there are none."""

    validation_accuracy: float
    validation_uar: float
    test_accuracy: float
    test_uar: float
    selection: float


class _Rows:
    """Some rows of the data and the group each belongs to; counts predictions group by group."""

    def __init__(self, data: OpenData, rows: list[int], groups: list[int]) -> None:
        self._x, self._y = np.asarray(data.x[rows]), np.asarray(data.y[rows])
        self._groups, self._number = np.array(groups, dtype=np.int64), max(groups, default=0) + 1

    def counts(self, network: nn.Module, task: TaskConfig) -> Counts:
        """int64 [groups, classes, classes], in one forward pass."""
        classes = len(task.classes)
        counts = np.zeros((self._number, classes, classes), dtype=np.int64)
        if len(self._y):
            np.add.at(counts, (self._groups, self._y, task.predict(network, self._x)), 1)
        return counts


class Evaluation:
    """Scores models on one training's validation and test rows."""

    def __init__(self, data: OpenData, task: TaskConfig, selection: Selection) -> None:
        self._task, self._selection = task, selection
        held = [(g, row) for g, name in enumerate(data.clients) for row in data.partition.clients[name].validation]
        self._validation = _Rows(data, [row for _, row in held], [group for group, _ in held])
        self._test = _Rows(data, list(data.partition.test), [0] * len(data.partition.test))

    def __call__(self, network: nn.Module) -> Scores:
        """The scores of ``network`` as it stands."""
        network.eval()
        by_client = self._validation.counts(network, self._task)
        validation, test = by_client.sum(axis=0), self._test.counts(network, self._task)[0]
        selection = _or_nan(uar, validation)
        if self._selection.by == "client":
            selection = _or_nan(client_weighted_uar, by_client)
        return Scores(
            validation_accuracy=_or_nan(accuracy, validation),
            validation_uar=_or_nan(uar, validation),
            test_accuracy=_or_nan(accuracy, test),
            test_uar=_or_nan(uar, test),
            selection=selection,
        )


def _or_nan(score: Callable[[Counts], float], counts: Counts) -> float:
    return score(counts) if counts.sum() else math.nan
