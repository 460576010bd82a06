"""Intervals by a bootstrap over speakers: the percentile method of Efron (1979; Efron & Tibshirani 1993, ch. 13).

A speaker's updates are alike, so that speakers, not updates, are what was sampled: a resample draws whole speakers
(whole persons, where the speakers are their sessions), the same ones in every fold. It draws within each value of the
attribute (stratified), so that every recall is defined. All resamples are one matrix product with the counts.
"""

from dataclasses import dataclass

import numpy as np

from fedser.metrics.folds import METRICS, Metric
from fedser.metrics.people import People, who_counts
from fedser.metrics.recall import Counts, Floats, Ints


@dataclass(frozen=True)
class Interval:
    """A score and the interval of its resamples; NaN all three where the score is not defined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Resamples:
    """A score, and the same score of each resample [resamples]; NaN all where the score is not defined."""

    value: float
    drawn: Floats

    def minus(self, other: "Resamples") -> "Resamples":
        """The paired difference: both must be of the same people, drawn by the same generator state."""
        return Resamples(self.value - other.value, self.drawn - other.drawn)

    def interval(self, confidence: float) -> Interval:
        """The percentile interval that holds ``confidence`` of the resamples."""
        tail = (1.0 - confidence) / 2.0
        low, high = np.quantile(self.drawn, [tail, 1.0 - tail])
        return Interval(self.value, float(low), float(high))


@dataclass(frozen=True)
class Bootstrap:
    """How many resamples, and which share of them the interval holds."""

    resamples: int = 1000
    confidence: float = 0.95

    def __call__(self, counts: Counts, people: People, metric: Metric, rng: np.random.Generator) -> Interval:
        """The interval of ``metric``; arguments as of ``drawn``."""
        return self.drawn(counts, people, metric, rng).interval(self.confidence)

    def drawn(self, counts: Counts, people: People, metric: Metric, rng: np.random.Generator) -> Resamples:
        """``metric`` over resamples of the people, for counts [folds, speakers, values, values] (true, predicted).

        Speakers without any count are left out; where none of a value is left, the score is not defined. The same
        generator state and the same people give the same resamples, so that two attacks are comparable. Raises
        InputError as ``who_counts`` does.
        """
        there = who_counts(counts, people, "bootstrap")
        if there is None:
            return Resamples(np.nan, np.full(self.resamples, np.nan))
        counts, people = there
        return _resampled(counts, people, draw(people.strata, self.resamples, rng), metric)

    def of_classes(self, counts: Counts, people: People, metric: Metric, rng: np.random.Generator) -> Interval:
        """The interval for counts [folds, speakers, classes, classes] of classes that every speaker may have.

        All persons are one stratum; a resample's recall of a class that nobody in it has does not count in its mean.
        """
        times = draw(np.zeros_like(people.strata), self.resamples, rng)
        return _resampled(counts, people, times, metric).interval(self.confidence)


def _resampled(counts: Counts, people: People, times: Counts, metric: Metric) -> Resamples:
    score = METRICS[metric]
    resampled = np.einsum("rs,fstp->rftp", times, people.pooled(counts), optimize=True)
    return Resamples(float(score(counts.sum(axis=1))), score(resampled))


def draw(strata: Ints, resamples: int, rng: np.random.Generator) -> Counts:
    """How often each resample contains each person: int64 [resamples, persons].

    From each stratum as many persons are drawn, with replacement, as it has.
    """
    times = np.zeros((resamples, len(strata)), dtype=np.int64)
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        times[:, members] = rng.multinomial(len(members), np.full(len(members), 1.0 / len(members)), size=resamples)
    return times
