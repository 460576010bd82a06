"""Logarithms of scores put together with weights that shadow data give to each member and each stage of a training.

One model serves two ends. With several members it is their fusion: stacked generalisation (Wolpert 1992,
doi 10.1016/S0893-6080(05)80023-1) by logistic regression on scores (Ting and Witten 1999, arXiv 1105.5466) with weights
that are not negative (Breiman 1996, doi 10.1007/BF00117832). With one member its weights say what a score is worth at
each stage, so that the weighted log-scores of several updates add up like the log-likelihood ratios of independent
witnesses (Brümmer and du Preez 2006, doi 10.1016/j.csl.2005.08.001). p(value c) is proportional to
exp(sum_j w_j(stage) log p_j(c)): a conditional logit (McFadden 1974). It has no intercept, since the members weigh all
values alike.

A stage is a round's logarithm: a model changes as much in the first five rounds as in the next fifty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attacks.shadow import Shadow
from fedser.metrics.recall import Floats, Ints

KNOTS, PENALTY = 4, 1.0
"""Of the weights of single attacks: so many rounds, and one speaker's worth of doubt."""
_LEAST = 1e-6  # of a score, whose logarithm is taken


@dataclass(frozen=True)
class Staged:
    """Weights [members, knots] at so many rounds of ``rounds``, evenly spaced by their logarithms; linear between."""

    weights: Floats
    rounds: int

    def at(self, rounds: Ints) -> Floats:
        """The weight of each member in each of these rounds, [updates, members]."""
        weights: Floats = hats(rounds, self.rounds, self.weights.shape[1]) @ self.weights.T
        return weights

    def __call__(self, logarithms: Floats, rounds: Ints) -> Floats:
        """The members' common scores [updates, values], from ``logarithms`` [updates, members, values]."""
        return weighed(logarithms, self.at(rounds))


def weighed(logarithms: Floats, weights: Floats) -> Floats:
    """The scores [n, values] of what members say, ``logarithms`` [n, members, values], by ``weights`` [n, members]."""
    return _softmax(np.einsum("nj,njc->nc", weights, logarithms))


def log_scores(members: Sequence[Floats]) -> Floats:
    """The logarithms of the members' scores [updates, values] side by side, [updates, members, values]."""
    logarithms: Floats = np.log(np.maximum(np.stack(members, axis=1), _LEAST))
    return logarithms


def hats(rounds: Ints, last: int, knots: int) -> Floats:
    """How near each round is to each knot, [updates, knots]; each row sums to one."""
    if knots == 1 or last == 1:
        return np.eye(1, knots) * np.ones((len(rounds), 1))
    place = np.log(np.clip(rounds, 1, last)) / np.log(last) * (knots - 1)
    near: Floats = np.maximum(0.0, 1.0 - np.abs(place[:, None] - np.arange(knots)))
    return near


def learn_staged(logarithms: Floats, shadow: Shadow, knots: int, penalty: float) -> Staged:
    """The weights of the highest posterior, given what members said of speakers that they were not taught with.

    ``logarithms`` [updates, members, values] are those of ``shadow``. Each person is one witness, however many
    updates there are of a voice. The prior is normal with precision ``penalty`` about the members' plain mean (of one
    member: about its scores as they are), cut off below zero.
    """
    last = shadow.updates.public.rounds
    near = hats(shadow.updates.rounds, last, knots)
    x = np.einsum("njc,nk->njkc", logarithms, near).reshape(len(near), -1, logarithms.shape[2])
    counts = shadow.weights * len(set(shadow.persons)) / len(near)
    weights = _highest_posterior(x, shadow.truth, counts, 1 / logarithms.shape[1], penalty)
    return Staged(weights.reshape(-1, knots), last)


def best_penalty(
    logarithms: Floats, shadow: Shadow, fold: Ints, knots: int, penalties: Sequence[float]
) -> tuple[float, Floats]:
    """The penalty that gives held-out speakers' true values the highest likelihood, of equals the largest one; and the
    scores [updates, values] with it, each fold's by weights that were learned without its speakers.
    """
    tried = [(penalty, _held_out(logarithms, shadow, fold, knots, penalty)) for penalty in sorted(penalties)[::-1]]
    weights = shadow.weights
    return max(tried, key=lambda one: _log_likelihood(one[1], shadow.truth, weights))


def stage_weights(held_out: Floats, shadow: Shadow) -> Staged:
    """What a log-score is worth at each stage, by ``held_out`` scores [updates, values] of speakers not taught with."""
    return learn_staged(log_scores([held_out]), shadow, KNOTS, PENALTY)


def _held_out(logarithms: Floats, shadow: Shadow, fold: Ints, knots: int, penalty: float) -> Floats:
    scores = np.empty((len(fold), len(shadow.classes)))
    for held in np.unique(fold):
        taught, asked = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
        staged = learn_staged(logarithms[taught], shadow.subset(taught), knots, penalty)
        scores[asked] = staged(logarithms[asked], shadow.updates.rounds[asked])
    return scores


def _log_likelihood(scores: Floats, labels: Ints, weights: Floats) -> float:
    """The mean logarithm of the score of the true value, each person counting alike."""
    return float(np.average(log_scores([scores])[np.arange(len(scores)), 0, labels], weights=weights))


def _highest_posterior(x: Floats, labels: Ints, counts: Floats, centre: float, penalty: float) -> Floats:
    """Projected Newton steps (Bertsekas 1982, doi 10.1137/0320018) to the one maximum; ``x`` [n, weights, values]."""
    weights = np.full(x.shape[1], centre)
    for _ in range(100):
        value, slope, curvature = _loss(weights, x, labels, counts, centre, penalty)
        free = (weights > 0) | (slope < 0)
        step = np.zeros_like(weights)
        step[free] = np.linalg.solve(curvature[np.ix_(free, free)], slope[free])
        length = 1.0
        while length > 1e-6:
            tried = np.maximum(0.0, weights - length * step)
            if _loss(tried, x, labels, counts, centre, penalty)[0] < value - 1e-12 * abs(value):
                break
            length /= 2
        else:
            return weights
        weights = tried
    return weights


def _loss(
    weights: Floats, x: Floats, labels: Ints, counts: Floats, centre: float, penalty: float
) -> tuple[float, Floats, Floats]:
    """Minus the log-posterior, its slope [weights] and its curvature [weights, weights]."""
    p = _softmax(np.einsum("w,nwc->nc", weights, x))
    everyone = np.arange(len(labels))
    value = -counts @ np.log(np.maximum(p[everyone, labels], 1e-300)) + penalty / 2 * ((weights - centre) ** 2).sum()
    mean = np.einsum("nwc,nc->nw", x, p)
    slope = counts @ (mean - x[everyone, :, labels]) + penalty * (weights - centre)
    spread = (x - mean[:, :, None]) * np.sqrt(p * counts[:, None])[:, None, :]
    flat = spread.transpose(1, 0, 2).reshape(len(weights), -1)
    return float(value), slope, flat @ flat.T + penalty * np.eye(len(weights))


def _softmax(x: Any) -> Floats:
    raised = np.exp(x - x.max(axis=1, keepdims=True))
    scores: Floats = raised / raised.sum(axis=1, keepdims=True)
    return scores
