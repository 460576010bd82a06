"""Verification and closed-set identification from scores: error rates, the equal error rate, and rank-k accuracy.

A trial compares a probe with someone of the gallery; its score says how alike they are. The equal error rate is where
as large a share of same-speaker trials is refused as of other trials is accepted (Martin et al. 1997, "The DET Curve").
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fedser.errors import InputError
from fedser.metrics.recall import Floats, Ints


@dataclass(frozen=True)
class Trials:
    """Trials in the order of their scores: ``place`` [trials] is that of each trial's score among the distinct ones."""

    place: Ints
    same: np.ndarray[Any, np.dtype[np.bool_]]

    @classmethod
    def of(cls, scores: Floats, same: np.ndarray[Any, np.dtype[np.bool_]]) -> "Trials":
        """From scores [trials], and whether both are of one speaker; raises InputError where none, or all, are."""
        if not 0 < same.sum() < len(same):
            raise InputError(
                f"verification: {int(same.sum())} of {len(same)} trials are of one speaker; needs both kinds"
            )
        return cls(np.unique(scores, return_inverse=True)[1], same)

    def rates(self, weights: Floats | None = None) -> tuple[Floats, Floats]:
        """False acceptance and false rejection where all above a threshold is accepted: from accepting all to nothing.

        Both are [thresholds + 1]; ``weights`` [trials] say how often each trial counts.
        """
        counted = np.ones(len(self.place)) if weights is None else weights
        number = int(self.place.max()) + 1
        own = np.bincount(self.place, counted * self.same, number)
        other = np.bincount(self.place, counted * ~self.same, number)
        accepted = 1.0 - np.concatenate([[0.0], np.cumsum(other)]) / other.sum()
        return np.maximum(accepted, 0.0), np.concatenate([[0.0], np.cumsum(own)]) / own.sum()

    def eer(self, weights: Floats | None = None) -> float:
        """The equal error rate, between two thresholds on the straight line; NaN where one kind of trial is missing."""
        with np.errstate(invalid="ignore", divide="ignore"):
            accepted, refused = self.rates(weights)
        if not (np.isfinite(accepted).all() and np.isfinite(refused).all()):
            return float("nan")
        after = int(np.argmax(refused >= accepted))  # accepted falls from 1 to 0, refused rises from 0 to 1
        gap = accepted - refused
        share = gap[after - 1] / (gap[after - 1] - gap[after])
        return float(refused[after - 1] + share * (refused[after] - refused[after - 1]))


def hits(scores: Floats, own: Ints, ranks: int) -> Floats:
    """For each probe the chance that its speaker is among the ``ranks`` highest, [probes]; equal scores are drawn.

    ``scores`` are [probes, gallery], and ``own`` [probes] is the place of each probe's speaker in the gallery.
    """
    mine = scores[np.arange(len(scores)), own][:, None]
    above, alike = (scores > mine).sum(axis=1), (scores == mine).sum(axis=1)
    found: Floats = np.clip((ranks - above) / alike, 0.0, 1.0)
    return found
