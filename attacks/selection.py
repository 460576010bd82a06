"""Which of a classifier's settings does best on shadow speakers that it was not taught with."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from attacks.attack import Progress, Scores
from attacks.labelled import Labelled
from attacks.reduced_matrix import Matrix
from fedser.metrics.recall import Floats, Ints, recalls

Settings = Mapping[str, Any]
"""What an estimator of scikit-learn is set to."""


def best_settings(
    model: Any, grid: Sequence[Settings], x: Matrix | Floats, shadow: Labelled, fold: Ints, progress: Progress
) -> tuple[Settings, Scores]:
    """The settings of the highest UAR over all held-out updates, each person counting alike, of equals the first; and
    the scores [updates, values] of those updates with them.

    ``fold`` [updates] holds whole persons, each fold out in its turn.
    """
    weights = shadow.weights
    scores = np.empty((len(grid), len(x), len(shadow.classes)))
    folds = np.unique(fold)
    for number, held in enumerate(folds):
        train, test = fold != held, fold == held
        taught = x[train]
        for row, settings in enumerate(grid):
            fit(model.set_params(**settings), taught, shadow.truth[train], weights[train])
            scores[row, test] = model.predict_proba(x[test])
            progress("choosing settings", number * len(grid) + row + 1, len(folds) * len(grid))
    uars = [_weighted_uar(shadow.truth, one.argmax(axis=1), weights) for one in scores]
    best = int(np.argmax(uars))
    return grid[best], scores[best]


def fit(model: Any, x: Matrix | Floats, labels: Ints, weights: Floats) -> Any:
    """The estimator, taught with each update's weight: its own, or that of a pipeline's last step."""
    steps = getattr(model, "steps", None)
    return model.fit(x, labels, **{f"{steps[-1][0]}__sample_weight" if steps else "sample_weight": weights})


def _weighted_uar(labels: Ints, predicted: Ints, weights: Floats) -> float:
    classes = int(labels.max()) + 1
    counts = np.bincount(labels * classes + predicted, weights=weights, minlength=classes**2)
    return float(np.mean(recalls(counts.reshape(classes, classes))))
