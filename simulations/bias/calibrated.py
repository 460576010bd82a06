"""``calibration.csv``: the calibration error of each group with its interval, and against the reference;
``reliability.csv``: accuracy and mean confidence in each bin. Only where predictions come with probabilities.
"""

import numpy as np
import pandas as pd

from fedser.metrics.calibration import bins_of, calibration_error
from fedser.metrics.recall import ratio
from simulations.bias.counted import Counted
from simulations.bias.resampling import Resampled, interval, resampled

CALIBRATION_COLUMNS = [
    "grouping", "group", "ece", "ece_low", "ece_high", "accuracy", "confidence", "reference", "difference",
    "difference_low", "difference_high", "n", "persons", "small",
]  # fmt: skip
RELIABILITY_COLUMNS = ["grouping", "group", "bin_low", "bin_high", "n", "confidence", "accuracy"]


def calibration_tables(counted: Counted) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables; empty without scores."""
    if counted.predictions.scores is None:
        return pd.DataFrame(columns=CALIBRATION_COLUMNS), pd.DataFrame(columns=RELIABILITY_COLUMNS)
    sums = _sums(counted)
    return _calibration(counted, sums), _reliability(counted, sums)


def _sums(counted: Counted) -> Resampled:
    """Rows, confidence in what was predicted, and right answers in each bin: [groups, bins, 3]."""
    p, scores = counted.predictions, counted.audit.scores
    assert p.scores is not None
    confidence = p.scores[np.arange(len(p.true)), p.predicted]
    weights = np.column_stack([np.ones(len(p.true)), confidence, p.true == p.predicted]).astype(np.float64)
    stream = counted.audit.stream("bootstrap", counted.grouping.name)
    cells = bins_of(confidence, scores.bins)
    return resampled(counted.grouping, cells, weights, (scores.bins,), scores.bootstrap, stream)


def _calibration(counted: Counted, sums: Resampled) -> pd.DataFrame:
    grouping, confidence = counted.grouping, counted.audit.scores.confidence
    value, drawn, to = calibration_error(sums.value), calibration_error(sums.drawn), counted.grouping.reference
    whole = sums.value.sum(axis=1)
    persons, few = grouping.persons(np.ones(len(grouping.codes), dtype=bool)), counted.audit.small
    lines = []
    for g, group in enumerate(grouping.values):
        own = interval(float(value[g]), drawn[:, g], confidence)
        apart = interval(float(value[g] - value[to]), drawn[:, g] - drawn[:, to], confidence)
        compared = (grouping.values[to], apart.value, apart.low, apart.high)
        compared = compared if g != to else (grouping.values[to], np.nan, np.nan, np.nan)
        small = whole[g, 0] < few.rows or (counted.predictions.of_subjects and persons[g] < few.subjects)
        means = (float(whole[g, 2] / whole[g, 0]), float(whole[g, 1] / whole[g, 0]))
        support = (int(whole[g, 0]), int(persons[g]), bool(small))
        lines.append((grouping.name, group, own.value, own.low, own.high, *means, *compared, *support))
    return pd.DataFrame(lines, columns=CALIBRATION_COLUMNS)


def _reliability(counted: Counted, sums: Resampled) -> pd.DataFrame:
    bins = counted.audit.scores.bins
    means = ratio(sums.value, np.broadcast_to(sums.value[..., :1], sums.value.shape))
    lines = [
        (counted.grouping.name, group, b / bins, (b + 1) / bins, int(sums.value[g, b, 0]), *map(float, means[g, b, 1:]))
        for g, group in enumerate(counted.grouping.values)
        for b in range(bins)
    ]
    return pd.DataFrame(lines, columns=RELIABILITY_COLUMNS)
