"""Rates of each class against the rest from confusion counts (Fawcett 2006, "An introduction to ROC analysis", sec. 2).

Counts may be weighted, and stand for many groups or resamples at once. A rate is kept as what it is a share of, so that
its support is told beside it.
"""

from typing import Literal, NamedTuple, get_args

import numpy as np

from fedser.metrics.recall import Counts, Floats, ratio

Rate = Literal["tpr", "fpr", "tnr", "fnr", "precision"]
RATES: tuple[Rate, ...] = get_args(Rate)


class Share(NamedTuple):
    """``parts`` of ``wholes``, both [..., classes]."""

    parts: Floats
    wholes: Floats

    @property
    def value(self) -> Floats:
        """The rate, NaN where its whole is zero."""
        return ratio(self.parts, self.wholes)


def rates(counts: Counts | Floats) -> dict[Rate, Share]:
    """The rates of every class, one against the rest, from counts [..., classes, classes] (true, predicted)."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)
    true, said = counts.sum(axis=-1).astype(np.float64), counts.sum(axis=-2).astype(np.float64)
    rest = true.sum(axis=-1, keepdims=True) - true
    alarms = said - hits
    return {
        "tpr": Share(hits, true),
        "fpr": Share(alarms, rest),
        "tnr": Share(rest - alarms, rest),
        "fnr": Share(true - hits, true),
        "precision": Share(hits, said),
    }


def with_shares(counts: Counts | Floats, shares: Floats) -> Floats:
    """Counts [..., classes, classes] of as many rows, weighted so that true classes have ``shares`` [classes].

    What is predicted of a class stays as it was, so that TPR and FNR do; the other rates change with the balance of
    classes. Shares sum to 1; NaN where a class that has a share has no row.
    """
    within = ratio(counts, np.broadcast_to(counts.sum(axis=-1, keepdims=True), counts.shape))
    within = np.where((shares == 0.0)[:, None], 0.0, within)
    weighted: Floats = within * shares[:, None] * counts.sum(axis=(-2, -1))[..., None, None]
    return weighted
