"""Does class imbalance explain the gap? ``balance.csv``: how often each group has each class; ``balanced.csv``: gaps.

They are those of each rate to the reference, as they are, and when every group's rows are weighed to one balance.

The common balance is that of all rows, over the classes that every group has. Weights are made anew in each resample.
What is said of a class does not depend on how often it is there, so that TPR and FNR cannot change: a gap in them that
test data show is not theirs to explain, though imbalance of *training* data may be behind it.
"""

import numpy as np
import pandas as pd

from fedser.metrics.rates import RATES, rates, with_shares
from fedser.metrics.recall import Floats, ratio
from simulations.bias.counted import Counted
from simulations.bias.resampling import interval

BALANCE_COLUMNS = ["grouping", "group", "class", "n", "share", "small"]
BALANCED_COLUMNS = [
    "grouping", "group", "reference", "class", "rate", "difference", "difference_low", "difference_high", "balanced",
    "balanced_low", "balanced_high", "change", "change_low", "change_high", "classes",
]  # fmt: skip
MEAN = "accuracy"
"""Beside the rates of classes: the share of rows that are right."""


def balance_table(counted: Counted) -> pd.DataFrame:
    """A row per group and class: how many of its rows truly are of it."""
    true = counted.confusion.value.sum(axis=2)
    shares = ratio(true, np.broadcast_to(true.sum(axis=1, keepdims=True), true.shape))
    lines = [
        (counted.grouping.name, group, label, int(true[g, c]), float(shares[g, c]), bool(counted.small("tpr")[g, c]))
        for g, group in enumerate(counted.grouping.values)
        for c, label in enumerate(counted.predictions.classes)
    ]
    return pd.DataFrame(lines, columns=BALANCE_COLUMNS)


def balanced_table(counted: Counted) -> pd.DataFrame:
    """A row per group other than the reference, class and rate, and one for accuracy; no row without a common class."""
    value, drawn, classes = counted.confusion.value, counted.confusion.drawn, counted.predictions.classes
    there = (value.sum(axis=2) > 0).all(axis=0)
    if not there.any():
        return pd.DataFrame(columns=BALANCED_COLUMNS)
    told = ", ".join(label for label, known in zip(classes, there, strict=True) if known)
    as_is, even = (_all_rates(_only(value, there)[None]), _all_rates(_even(value[None], there)))
    as_drawn, even_drawn = _all_rates(_only(drawn, there)), _all_rates(_even(drawn, there))
    lines = []
    to, grouping, confidence = counted.grouping.reference, counted.grouping, counted.audit.scores.confidence
    for g in (g for g in range(len(grouping.values)) if g != to):
        for (label, rate), column in _columns(classes):
            if label != "" and not there[classes.index(label)] and rate in ("tpr", "fnr"):
                continue
            cells = []
            for one, many in ((as_is, as_drawn), (even, even_drawn), (even - as_is, even_drawn - as_drawn)):
                gap = float(one[0, g, column] - one[0, to, column])
                found = interval(gap, many[:, g, column] - many[:, to, column], confidence)
                cells += [found.value, found.low, found.high]
            names = (grouping.name, grouping.values[g], grouping.values[to], label, rate)
            lines.append((*names, *cells, told))
    return pd.DataFrame(lines, columns=BALANCED_COLUMNS)


def _columns(classes: tuple[str, ...]) -> list[tuple[tuple[str, str], int]]:
    """What ``_all_rates`` has, in its order: each rate of each class, and accuracy (of no class)."""
    names = [(label, rate) for rate in RATES for label in classes] + [("", MEAN)]
    return [(name, place) for place, name in enumerate(names)]


def _all_rates(counts: Floats) -> Floats:
    """[..., groups, rates x classes and accuracy] from counts [..., groups, classes, classes]."""
    right = ratio(np.trace(counts, axis1=-2, axis2=-1), counts.sum(axis=(-2, -1)))
    return np.concatenate([*(share.value for share in rates(counts).values()), right[..., None]], axis=-1)


def _only(counts: Floats, there: np.ndarray) -> Floats:
    """Counts of the rows whose true class every group has."""
    return np.where(there[:, None], counts, 0.0)


def _even(counts: Floats, there: np.ndarray) -> Floats:
    """Counts [draws, groups, classes, classes] at the common balance of each draw."""
    kept = _only(counts, there)
    true = kept.sum(axis=(1, 3))
    shares = ratio(true, np.broadcast_to(true.sum(axis=-1, keepdims=True), true.shape))
    return np.stack([with_shares(each, share) for each, share in zip(kept, shares, strict=True)])
