"""Epsilon between two normal distributions: what whoever sees one draw can tell of which of the two it came from.

Two distributions P and Q are (epsilon, delta)-indistinguishable where no event is likelier under either than e^epsilon
times what it is under the other, and delta more. The worst event is where the privacy loss L = log p - log q exceeds
epsilon, so that delta(epsilon) = P(L > epsilon) - e^epsilon Q(L > epsilon) (Balle and Wang 2018, theorem 5; Steinke
2022, arXiv 2210.00597). Between normal distributions L is a quadratic, and the event lies beyond or between its roots.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fedser.metrics.recall import Floats

_LARGEST = 1e12
"""An epsilon beyond which there is no hiding."""


@dataclass(frozen=True)
class Gaussian:
    """N(mean, deviation^2)."""

    mean: float
    deviation: float

    @classmethod
    def fitted(cls, draws: Floats) -> "Gaussian":
        """To two ``draws`` [n] or more."""
        return cls(float(np.mean(draws)), float(np.std(draws, ddof=1)))


def epsilon_between(one: Gaussian, other: Gaussian, delta: float) -> float:
    """The least epsilon at which neither is told from the other but with ``delta``; infinite where one is a point."""
    if min(one.deviation, other.deviation) <= 0:
        return 0.0 if one == other else math.inf
    from scipy.optimize import brentq

    def excess(epsilon: float) -> float:
        return max(log_delta(one, other, epsilon), log_delta(other, one, epsilon), -1e300) - math.log(delta)

    if excess(0.0) <= 0:
        return 0.0
    most = _doubled(excess)
    return float(brentq(excess, 0.0, most)) if most < math.inf else math.inf


def _doubled(excess: Callable[[float], float]) -> float:
    most = 1.0
    while excess(most) > 0:
        most *= 2
        if most > _LARGEST:
            return math.inf
    return most


def log_delta(p: Gaussian, q: Gaussian, epsilon: float) -> float:
    """log(P(L > epsilon) - e^epsilon Q(L > epsilon)); minus infinity where that is zero."""
    likely, unlikely = (_log_of_event(each, p, q, epsilon) for each in (p, q))
    if likely == -math.inf:
        return -math.inf
    rest = epsilon + unlikely - likely  # not above 0 but by rounding
    return likely + math.log1p(-math.exp(rest)) if rest < 0 else -math.inf


def _log_of_event(of: Gaussian, p: Gaussian, q: Gaussian, epsilon: float) -> float:
    """The logarithm of the probability of L > epsilon where ``of`` draws."""
    # L(y) = a y^2 + b y + c + epsilon
    a = 0.5 * (q.deviation**-2 - p.deviation**-2)
    b = p.mean / p.deviation**2 - q.mean / q.deviation**2
    c = (
        0.5 * ((q.mean / q.deviation) ** 2 - (p.mean / p.deviation) ** 2)
        + math.log(q.deviation / p.deviation)
        - epsilon
    )
    if a == 0:
        return _log_linear(of, b, c)
    square = b * b - 4 * a * c
    if square <= 0:
        return 0.0 if a > 0 else -math.inf
    # The root that does not cancel, and the other by their product c / a.
    far = -0.5 * (b + math.copysign(math.sqrt(square), b))
    low, high = sorted((far / a, c / far)) if far else (0.0, 0.0)
    z_low, z_high = ((y - of.mean) / of.deviation for y in (low, high))
    return _log_beyond(z_low, z_high) if a > 0 else _log_within(z_low, z_high)


def _log_linear(of: Gaussian, b: float, c: float) -> float:
    """Of b y + c > 0."""
    if b == 0:
        return 0.0 if c > 0 else -math.inf
    return _log_below(math.copysign(1.0, b) * (of.mean + c / b) / of.deviation)


def _log_beyond(low: float, high: float) -> float:
    return float(np.logaddexp(_log_below(low), _log_below(-high)))


def _log_within(low: float, high: float) -> float:
    if low > 0:
        low, high = -high, -low  # in the lower tail differences keep their digits
    above, below = _log_below(high), _log_below(low)
    return above + math.log1p(-math.exp(below - above)) if below < above else -math.inf


def _log_below(z: float) -> float:
    from scipy.special import log_ndtr

    return float(log_ndtr(z))
