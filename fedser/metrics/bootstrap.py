"""Intervals by a bootstrap over speakers: the percentile method of Efron (1979; Efron & Tibshirani 1993, ch. 13).

A speaker's updates are alike, so that speakers, not updates, are what was sampled: a resample draws whole speakers,
the same ones in every fold. It draws within each value of the attribute (stratified), so that every recall is defined.
All resamples are one matrix product with the speakers' counts.
"""

from dataclasses import dataclass

import numpy as np

from fedser.errors import InputError
from fedser.metrics.folds import METRICS, Metric
from fedser.metrics.recall import Counts, Ints


@dataclass(frozen=True)
class Interval:
    """A score and the interval of its resamples; NaN all three where the score is not defined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bootstrap:
    """How many resamples, and which share of them the interval holds."""

    resamples: int = 1000
    confidence: float = 0.95

    def __call__(self, counts: Counts, strata: Ints, metric: Metric, rng: np.random.Generator) -> Interval:
        """The interval of ``metric`` for counts [folds, speakers, values, values] (true, predicted).

        ``strata`` [speakers] is the attribute's value of each speaker. Speakers without any count are left out; where
        none of a value is left, the score is not defined. The same generator state and the same speakers give
        the same resamples, so that two attacks are comparable.
        """
        _check(counts, strata)
        present = counts.sum(axis=(0, 2, 3)) > 0
        if len(np.unique(strata[present])) < len(np.unique(strata)):
            return Interval(np.nan, np.nan, np.nan)
        counts, strata, score = counts[:, present], strata[present], METRICS[metric]
        value = float(score(counts.sum(axis=1)))
        times = draw_speakers(strata, self.resamples, rng)
        resampled = np.einsum("rs,fstp->rftp", times, counts, optimize=True)
        tail = (1.0 - self.confidence) / 2.0
        low, high = np.quantile(score(resampled), [tail, 1.0 - tail])
        return Interval(value, float(low), float(high))


def draw_speakers(strata: Ints, resamples: int, rng: np.random.Generator) -> Counts:
    """How often each resample contains each speaker: int64 [resamples, speakers].

    From each stratum as many speakers are drawn, with replacement, as it has.
    """
    times = np.zeros((resamples, len(strata)), dtype=np.int64)
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        times[:, members] = rng.multinomial(len(members), np.full(len(members), 1.0 / len(members)), size=resamples)
    return times


def _check(counts: Counts, strata: Ints) -> None:
    if counts.ndim != 4 or counts.shape[2] != counts.shape[3] or strata.shape != (counts.shape[1],):
        raise InputError(
            f"bootstrap: counts of shape {counts.shape} and strata of shape {strata.shape};"
            " give [folds, speakers, values, values] and [speakers]"
        )
    by_value = counts.sum(axis=(0, 3))
    strays = np.flatnonzero(by_value.sum(axis=1) != by_value[np.arange(len(strata)), strata])
    if strays.size:
        first = strays[0]
        raise InputError(f"bootstrap: speaker {first} has value {strata[first]} but counts of other values")
