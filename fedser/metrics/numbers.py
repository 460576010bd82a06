"""How well a number was inferred, over folds: mean absolute error, and two correlations.

Pearson's correlation is blind to scale; Lin's concordance (1989, "A Concordance Correlation Coefficient to Evaluate
Reproducibility", eq. 1) is not: a constant, or an estimate on another scale, lowers it. All are functions of seven sums
per person, so that a resample, or another dealing of the numbers to the persons, is one matrix product.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from fedser.metrics.bootstrap import Resamples, draw
from fedser.metrics.folds import mean_of_defined
from fedser.metrics.people import People
from fedser.metrics.permutation import Permutation
from fedser.metrics.recall import Floats, Ints, ratio

NumberMetric = Literal["mae", "pearson", "ccc"]

_SUMS = 7  # of n, true, said, true^2, said^2, true * said, |true - said|
_CHUNK = 2_000_000  # cells of labels that are turned into sums at once
_CONSTANT = 1e-12  # of the mean squares, below which a variance is rounding


@dataclass(frozen=True)
class Said:
    """What was said of persons' numbers: ``sums`` [folds, speakers, numbers, 7] are those of each speaker's answers,
    were his or her number each of the ``numbers``; ``people`` have the true one as their value, an index into these.
    """

    sums: Floats
    people: People

    @classmethod
    def of(cls, fold: Ints, speaker: Ints, said: Floats, true: Floats, persons: Ints) -> "Said":
        """Answers ``said`` [answers] of a ``fold`` and a ``speaker`` each; ``true`` and ``persons`` are [speakers]."""
        numbers, value = np.unique(true, return_inverse=True)
        middle = numbers.mean()  # sums of squares about it lose no digits, and no metric depends on it
        y, x = np.broadcast_arrays(numbers[None, :] - middle, said[:, None] - middle)
        each = np.stack([np.ones_like(x), y, x, y * y, x * x, y * x, np.abs(y - x)], axis=-1)
        sums = np.zeros((int(fold.max()) + 1, len(true), len(numbers), _SUMS))
        np.add.at(sums, (fold, speaker), each)
        spoken = sums[:, :, 0, 0].sum(axis=0) > 0
        return cls(sums[:, spoken], People(value, persons).only(spoken))

    @property
    def true(self) -> Floats:
        """The sums at the true numbers, [folds, speakers, 7]."""
        sums: Floats = self.sums[:, np.arange(len(self.people.values)), self.people.values]
        return sums

    def dealt(self, values: Ints) -> Floats:
        """The sums [dealings, folds, 7] where each speaker has the number ``values`` [dealings, speakers]."""
        size = max(1, _CHUNK // (self.sums.shape[1] * self.sums.shape[2]))
        parts = [values[start : start + size] for start in range(0, len(values), size)]
        return np.concatenate([self._dealt(part) for part in parts])

    def _dealt(self, values: Ints) -> Floats:
        chosen = (values[:, :, None] == np.arange(self.sums.shape[2])).astype(np.float64)
        found: Floats = np.tensordot(chosen, self.sums, axes=([1, 2], [1, 2]))
        return found

    def resampled(self, metric: NumberMetric, resamples: int, rng: np.random.Generator) -> Resamples:
        """``metric``, and over resamples of the persons: whole persons, the same in every fold."""
        times = draw(np.zeros(self.people.number, dtype=np.int64), resamples, rng)
        drawn = np.einsum("rs,fsk->rfk", times, self.people.pooled(self.true), optimize=True)
        score = NUMBER_METRICS[metric]
        return Resamples(float(score(self.true.sum(axis=1))), score(drawn))

    def p_value(self, metric: NumberMetric, permutation: Permutation, rng: np.random.Generator) -> float:
        """The share of dealings of the numbers to the persons by which the answers are no worse; see Permutation."""
        sign = -1.0 if metric == "mae" else 1.0
        score = NUMBER_METRICS[metric]
        observed = sign * float(score(self.true.sum(axis=1)))
        return permutation.share(self.people, lambda dealt: sign * score(self.dealt(dealt)), observed, rng)


def mean_absolute_error(sums: Floats) -> Floats:
    """The mean over folds of each fold's mean of |true - said|, [...] from sums [..., folds, 7]."""
    return _over_folds(ratio(sums[..., 6], sums[..., 0]))


def pearson(sums: Floats) -> Floats:
    """The mean over folds of Pearson's correlation; 0 where one side is constant, since it tells nothing then."""
    true, said, both, _ = _moments(sums)
    return _over_folds(np.where(sums[..., 0] > 0, _share(both, np.sqrt(true * said)), np.nan))


def concordance(sums: Floats) -> Floats:
    """The mean over folds of Lin's concordance correlation, 2 s_xy / (s_x^2 + s_y^2 + (mean_x - mean_y)^2)."""
    true, said, both, apart = _moments(sums)
    return _over_folds(np.where(sums[..., 0] > 0, _share(2.0 * both, true + said + apart * apart), np.nan))


NUMBER_METRICS: dict[NumberMetric, Callable[[Floats], Floats]] = {
    "mae": mean_absolute_error,
    "pearson": pearson,
    "ccc": concordance,
}


def _moments(sums: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Variances of true and said, their covariance, and the difference of their means, [..., folds]."""
    mean_y, mean_x, yy, xx, yx = (ratio(sums[..., place], sums[..., 0]) for place in range(1, 6))
    least = _CONSTANT * (yy + xx)
    return _variance(yy, mean_y, least), _variance(xx, mean_x, least), yx - mean_y * mean_x, mean_y - mean_x


def _variance(square: Floats, mean: Floats, least: Floats) -> Floats:
    found = square - mean * mean
    return np.where(found > least, found, 0.0)


def _share(part: Floats, whole: Floats) -> Floats:
    shares: Any = np.zeros(whole.shape)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares  # type: ignore[no-any-return]


def _over_folds(scores: Floats) -> Floats:
    return mean_of_defined(scores[..., None])[..., 0]
