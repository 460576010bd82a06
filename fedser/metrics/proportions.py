"""Intervals of a proportion, and of a difference of two, that stay honest at 0 and 1, where resamples do not differ."""

import math
from statistics import NormalDist

from fedser.metrics.bootstrap import Interval


def wilson(value: float, size: int, confidence: float) -> Interval:
    """The score interval of a proportion ``value`` of ``size`` independent units (Wilson 1927, p. 210).

    NaN all three where there is no unit.
    """
    if size == 0 or math.isnan(value):
        return Interval(math.nan, math.nan, math.nan)
    z2 = NormalDist().inv_cdf(0.5 + confidence / 2.0) ** 2
    centre = (value + z2 / (2.0 * size)) / (1.0 + z2 / size)
    half = math.sqrt(z2 * value * (1.0 - value) / size + z2**2 / (4.0 * size**2)) / (1.0 + z2 / size)
    return Interval(value, max(0.0, centre - half), min(1.0, centre + half))


def newcombe(one: Interval, other: Interval) -> Interval:
    """The interval of ``one`` - ``other``, proportions of separate units, from their own (Newcombe 1998, method 10)."""
    difference = one.value - other.value
    low = difference - math.hypot(one.value - one.low, other.high - other.value)
    high = difference + math.hypot(one.high - one.value, other.value - other.low)
    return Interval(difference, low, high)
