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

_CHUNK = 2_000_000
"""Weights of resamples at once."""

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

    def curve(self) -> tuple[Floats, Floats]:
        """False and true positive rate where the ROC turns, from (0, 0) to (1, 1)."""
        from sklearn.metrics import roc_curve

        alarms, found, _ = roc_curve(self.members, self.scores)
        return alarms, found


@dataclass(frozen=True)
class Detection:
    """What is measured of one attack: the area below the ROC, recall at ``rates`` of false alarms, and the balanced
    accuracy of the answers ``score >= threshold``, which is NaN where the threshold is.
    """

    rates: tuple[float, ...]
    threshold: float

    def measured(self, trials: Trials, weights: Floats | Ints | None = None) -> Floats:
        """[area, balanced accuracy, recall at each rate], for ``weights`` [trials]: how often each trial counts.

        For weights [resamples, trials] the same of each resample, [resamples, 2 + rates].
        """
        if weights is None:
            weights = np.ones(len(trials.scores))
        alarms, found = rates(trials, weights)
        area = np.trapezoid(found, alarms, axis=-1)
        right = balanced_accuracy(trials, self.threshold, weights)
        return np.stack([area, right, *(recall_at(alarms, found, rate) for rate in self.rates)], axis=-1)

    def drawn(self, trials: Trials, resamples: int, rng: np.random.Generator) -> Sequence[Resamples]:
        """The same with resamples of the persons, each with all trials of his or hers.

        Persons are drawn within those who have members only, others only, or both, so that a resample has both.
        """
        has = [np.bincount(trials.persons[side], minlength=trials.persons.max() + 1) > 0 for side in _sides(trials)]
        times = draw(has[0] + 2 * has[1], resamples, rng)
        size = max(1, _CHUNK // len(trials.scores))
        parts = [times[start : start + size, trials.persons] for start in range(0, resamples, size)]
        table = np.concatenate([self.measured(trials, part) for part in parts])
        return [Resamples(float(value), drawn) for value, drawn in zip(self.measured(trials), table.T, strict=True)]


def rates(trials: Trials, weights: Floats | Ints) -> tuple[Floats, Floats]:
    """False and true positive rate [..., thresholds] at each different score, from the highest on, after (0, 0).

    ``weights`` [..., trials] say how often each trial counts. One sorting serves all resamples of a bootstrap.
    """
    order = np.argsort(-trials.scores, kind="stable")
    last = np.flatnonzero(np.diff(trials.scores[order], append=np.nan))  # of equal scores the last: NaN differs
    alarms, found = (_share(weights[..., order] * side[order], last) for side in (~trials.members, trials.members))
    return alarms, found


def _share(weights: Floats | Ints, last: Ints) -> Floats:
    summed = np.cumsum(weights, axis=-1)[..., last]
    shares: Floats = np.insert(summed / summed[..., -1:], 0, 0.0, axis=-1)
    return shares


def recall_at(alarms: Floats, found: Floats, rate: float) -> Floats:
    """The highest true positive rate [...] at a false positive rate of at most ``rate``: nothing is interpolated."""
    highest: Floats = np.where(alarms <= rate + 1e-12, found, 0.0).max(axis=-1, initial=0.0)
    return highest


def balanced_accuracy(trials: Trials, threshold: float, weights: Floats | Ints) -> Floats:
    """The mean of the shares of members at or above ``threshold`` and of others below it; NaN for NaN.

    For ``weights`` [..., trials], which say how often each trial counts, [...].
    """
    if np.isnan(threshold):
        return np.full(weights.shape[:-1], np.nan)
    right = np.where(trials.members, trials.scores >= threshold, trials.scores < threshold)
    shares = [(weights @ (right & side)) / (weights @ side) for side in _sides(trials)]
    return np.asarray(np.mean(shares, axis=0))


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
