"""Telling members from others: ROC, its area, the recall of members at few false alarms, balanced accuracy.

Carlini et al. 2022 (arXiv 2112.03570): what counts of an attack on privacy is how many members it finds (true
positives) at a false positive rate near zero, and neither an average over all thresholds nor accuracy says so. With n0
others no false positive rate between zero and 1/n0 can be measured. Intervals are a bootstrap over persons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fedser.errors import InputError
from fedser.metrics.bootstrap import Resamples, draw
from fedser.metrics.recall import Floats, Ints

Members = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Trials:
    """Scores [trials] (higher: rather a member), which of them are of members, and the person behind each, from 0.

    Raises InputError where lengths differ, a score is not finite, or there are only members or only others.
    """

    scores: Floats
    members: Members
    persons: Ints

    def __post_init__(self) -> None:
        if not len(self.scores) == len(self.members) == len(self.persons):
            raise InputError(
                f"trials: {len(self.scores)} scores, {len(self.members)} members and {len(self.persons)} persons"
            )
        if not np.isfinite(self.scores).all():
            raise InputError(f"trials: {int((~np.isfinite(self.scores)).sum())} scores are not finite")
        if self.members.all() or not self.members.any():
            raise InputError("trials: a ROC needs members and others")

    def curve(self, weights: Floats | None = None, corners: bool = False) -> tuple[Floats, Floats]:
        """False and true positive rate at each threshold, from (0, 0) to (1, 1), or where the line turns only.

        ``weights`` [trials] say how often each trial counts.
        """
        from sklearn import config_context
        from sklearn.metrics import roc_curve

        # Called for each resample: what is checked here was checked above.
        with config_context(skip_parameter_validation=True, assume_finite=True):
            alarms, found, _ = roc_curve(self.members, self.scores, sample_weight=weights, drop_intermediate=corners)
        return alarms, found


@dataclass(frozen=True)
class Detection:
    """What is measured of one attack: the area below the ROC, recall at ``rates`` of false alarms, and the balanced
    accuracy of the answers ``score >= threshold``, which is NaN where the threshold is.
    """

    rates: tuple[float, ...]
    threshold: float

    def measured(self, trials: Trials, weights: Floats | None = None) -> Floats:
        """[area, balanced accuracy, recall at each rate]."""
        alarms, found = trials.curve(weights)
        area = float(np.trapezoid(found, alarms))
        right = balanced_accuracy(trials, self.threshold, weights)
        return np.array([area, right, *(recall_at(alarms, found, rate) for rate in self.rates)])

    def drawn(self, trials: Trials, resamples: int, rng: np.random.Generator) -> Sequence[Resamples]:
        """The same with resamples of the persons, each with all trials of his or hers.

        Persons are drawn within those who have members only, others only, or both, so that a resample has both.
        """
        has = [np.bincount(trials.persons[side], minlength=trials.persons.max() + 1) > 0 for side in _sides(trials)]
        times = draw(has[0] + 2 * has[1], resamples, rng)
        table = np.array([self.measured(trials, times[row][trials.persons]) for row in range(resamples)])
        return [Resamples(float(value), drawn) for value, drawn in zip(self.measured(trials), table.T, strict=True)]


def recall_at(alarms: Floats, found: Floats, rate: float) -> float:
    """The highest true positive rate at a false positive rate of at most ``rate``: nothing is interpolated."""
    return float(found[alarms <= rate + 1e-12].max(initial=0.0))


def balanced_accuracy(trials: Trials, threshold: float, weights: Floats | None = None) -> float:
    """The mean of the shares of members at or above ``threshold`` and of others below it; NaN for NaN."""
    if np.isnan(threshold):
        return float("nan")
    right = np.where(trials.members, trials.scores >= threshold, trials.scores < threshold)
    own = np.ones(len(right)) if weights is None else weights
    return float(np.mean([np.average(right[side], weights=own[side]) for side in _sides(trials)]))


def best_threshold(scores: Floats, members: Members) -> float:
    """The threshold of the highest balanced accuracy, midway between two scores; the highest such of equals.

    NaN where scores that are not NaN are of members only, of others only, or of nobody.
    """
    known = ~np.isnan(scores)
    scores, members = scores[known], members[known]
    if not members.any() or members.all():
        return float("nan")
    values, place = np.unique(scores, return_inverse=True)
    below = np.array([np.cumsum(np.bincount(place[side], minlength=len(values))) for side in (members, ~members)])
    gain = below[1] / (~members).sum() - below[0] / members.sum()  # of the threshold above each value
    best = len(values) - 1 - int(np.argmax(gain[::-1]))
    if gain[best] <= 0:
        return float(values[0])
    return float((values[best] + values[min(best + 1, len(values) - 1)]) / 2.0)


def _sides(trials: Trials) -> tuple[Members, Members]:
    return trials.members, ~trials.members
