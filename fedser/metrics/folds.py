"""Scores of several folds at once: recalls and accuracy averaged over folds, from counts.

With every value present in every fold, ``mean_uar`` is the mean over folds of each fold's UAR, as in Feng et al. 2021
(arXiv 2112.13416, sec. 6). Recalls are averaged over folds *first* and over values second, so that a fold
without speakers of one value weakens that recall only, and does not count as a fold with a single recall.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from fedser.metrics.recall import Counts, Floats, ratio, recalls

Metric = Literal["uar", "accuracy"]


def mean_uar(counts: Counts | Floats) -> Floats:
    """UAR from counts [..., folds, values, values] over the values that occur in any fold: shape [...].

    NaN where there is no unit at all.
    """
    return mean_of_defined(mean_of_defined(recalls(counts))[..., None])[..., 0]


def mean_accuracy(counts: Counts | Floats) -> Floats:
    """Accuracy from counts [..., folds, values, values], averaged over the folds that have units: shape [...]."""
    share = ratio(np.trace(counts, axis1=-2, axis2=-1), counts.sum(axis=(-2, -1)))
    return mean_of_defined(share[..., None])[..., 0]


def chance(counts: Counts, metric: Metric) -> float:
    """What an answer that ignores the updates reaches, for counts [folds, values, values].

    For UAR 1/(number of values that occur); for accuracy the share of the majority value, averaged over folds.
    """
    true = counts.sum(axis=-1)
    if metric == "uar":
        return 1.0 / int((true.sum(axis=0) > 0).sum())
    sizes = true.sum(axis=-1, keepdims=True)
    return float(mean_of_defined(ratio(true, np.broadcast_to(sizes, true.shape))).max())


def deviation(counts: Counts, metric: Metric) -> float:
    """The standard deviation (n - 1) over folds of each fold's own score, for counts [folds, values, values].

    NaN with fewer than two folds that have units.
    """
    scores = METRICS[metric](counts[:, None])
    scores = scores[~np.isnan(scores)]
    return float(np.std(scores, ddof=1)) if len(scores) > 1 else float("nan")


METRICS: dict[Metric, Callable[[Counts | Floats], Floats]] = {"uar": mean_uar, "accuracy": mean_accuracy}


def mean_of_defined(shares: Floats) -> Floats:
    """The mean over folds (axis -2) of what is not NaN; NaN where nothing is."""
    defined = ~np.isnan(shares)
    return ratio(np.where(defined, shares, 0.0).sum(axis=-2), defined.sum(axis=-2))
