"""A lower bound of epsilon from a single run (Steinke, Nasr and Jagielski 2023, arXiv 2305.08846).

Each of m canaries is in the run or not by a fair coin of its own, and whoever sees what the run releases guesses r of
the coins, v of them right. If the run is (epsilon, delta)-private of each canary, then the number of right guesses is
at most a binomial's of r trials with e^epsilon / (1 + e^epsilon), but for what delta adds (theorem 5.2). So the
smallest epsilon at which v is not too many is a lower bound. It holds though all canaries share one run and one noise,
which an interval of the recall and the false alarms, such as Clopper and Pearson's, does not allow for.
"""

import math
from dataclasses import dataclass

import numpy as np

from fedser.metrics.recall import Floats

_LARGEST = 64.0
"""An epsilon at which a wrong guess is as good as impossible."""


@dataclass(frozen=True)
class Guesses:
    """Of ``canaries`` m, ``made`` r were guessed about, and ``right`` v of them rightly."""

    canaries: int
    made: int
    right: int

    @classmethod
    def of(cls, scores: Floats, took_part: "np.ndarray[tuple[int], np.dtype[np.bool_]]", share: float) -> "Guesses":
        """The ``share`` of canaries with the most extreme ``scores`` [m]: half are guessed in, half out.

        How many are guessed must not depend on who took part.
        """
        order = np.argsort(scores, kind="stable")
        each = round(share * len(scores) / 2)
        right = int(took_part[order[len(order) - each :]].sum()) + int((~took_part[order[:each]]).sum())
        return cls(len(scores), 2 * each, right)


def probability(guesses: Guesses, epsilon: float, delta: float) -> float:
    """At most how probable so many right guesses are where (epsilon, delta) holds (theorem 5.2)."""
    from scipy.stats import binom

    m, r, v = guesses.canaries, guesses.made, guesses.right
    right = 1 / (1 + math.exp(-epsilon))
    # f(v) = P(W >= v), W of the binomial; delta adds 2 m delta max_i (f(v - i) - f(v)) / i.
    places = np.arange(1, v + 1)
    further = np.cumsum(binom.pmf(v - places, r, right)) / places
    return float(min(1.0, binom.sf(v - 1, r, right) + 2 * m * delta * further.max(initial=0.0)))


def lower_bound(guesses: Guesses, delta: float, confidence: float) -> float:
    """Epsilon is at least this at ``delta``, with this ``confidence``; 0 where nothing is shown."""
    from scipy.optimize import brentq

    def excess(epsilon: float) -> float:
        return probability(guesses, epsilon, delta) - (1 - confidence)

    if excess(0.0) >= 0:
        return 0.0
    return float(brentq(excess, 0.0, _LARGEST))
