"""How the plain loop scores a dataset: by scikit-learn, or from counts.

The published code calls scikit-learn for each client in each round, which costs more than the client's forward
pass. Counting the same scores directly shows how much of the plain loop's time is that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import accuracy_score, recall_score

from fedser.metrics.recall import accuracy, confusion, uar


@dataclass(frozen=True)
class Result:
    """A model's scores on one dataset; NaN where it is empty."""

    accuracy: float
    uar: float


Score = Callable[[Sequence[int], Sequence[int]], Result]
"""(true classes, predicted classes) -> scores."""


def by_scikit_learn(true: Sequence[int], predicted: Sequence[int]) -> Result:
    """Two calls of ``sklearn.metrics``."""
    present = sorted(set(true))  # the recall of a class without examples is not defined
    recall = recall_score(true, predicted, labels=present, average="macro")
    return Result(float(accuracy_score(true, predicted)), float(recall))


def by_counts(true: Sequence[int], predicted: Sequence[int]) -> Result:
    """One table of counts."""
    counts = confusion(np.array(true), np.array(predicted), max(*true, *predicted) + 1)
    return Result(accuracy(counts), uar(counts))
