"""Epsilon between two normal distributions, beside what numbers and hands say of it."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from fedser.metrics.gaussians import Gaussian, epsilon_between, log_delta

STANDARD = Gaussian(0.0, 1.0)
PAIRS = [(0.0, 1.0, 1.0, 1.0), (0.0, 1.0, 1.0, 1.3), (0.4, 2.0, 0.0, 1.0), (0.0, 1.0, 0.0, 1.7), (-1.0, 0.5, 2.0, 0.1)]


def integral(p, q, epsilon):
    """The mass by which p exceeds e^epsilon q."""
    y = np.linspace(-40, 40, 400_001)
    one, other = (np.exp(-0.5 * ((y - g.mean) / g.deviation) ** 2) / g.deviation for g in (p, q))
    above = np.maximum(one - math.exp(epsilon) * other, 0) / math.sqrt(2 * math.pi)
    return float(np.sum(above) * (y[1] - y[0]))


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("epsilon", [0.0, 0.7, 3.0])
def test_delta_is_the_mass_that_one_has_beyond_the_other(pair, epsilon):
    p, q = Gaussian(*pair[:2]), Gaussian(*pair[2:])
    for one, other in ((p, q), (q, p)):
        assert math.exp(log_delta(one, other, epsilon)) == pytest.approx(integral(one, other, epsilon), abs=2e-6)


@pytest.mark.parametrize("z", [0.5, 1.0, 3.0])
def test_of_one_deviation_it_is_the_gaussian_mechanism(z):
    """delta = F(1 / 2z - eps z) - exp(eps) F(-1 / 2z - eps z) (Balle and Wang 2018, theorem 8)."""
    epsilon, below = epsilon_between(Gaussian(7.0, z), Gaussian(8.0, z), 1e-5), NormalDist().cdf
    assert below(0.5 / z - epsilon * z) - math.exp(epsilon) * below(-0.5 / z - epsilon * z) == pytest.approx(1e-5)


@pytest.mark.parametrize("pair", PAIRS)
def test_both_ways_are_alike_and_units_do_not_count(pair):
    p, q = Gaussian(*pair[:2]), Gaussian(*pair[2:])
    epsilon = epsilon_between(p, q, 1e-4)
    assert epsilon_between(q, p, 1e-4) == pytest.approx(epsilon)
    p, q = (Gaussian(3 * g.mean - 5, 3 * g.deviation) for g in (p, q))
    assert epsilon_between(p, q, 1e-4) == pytest.approx(epsilon)


def test_what_is_the_same_has_none_and_what_is_far_has_much():
    assert epsilon_between(STANDARD, STANDARD, 1e-5) == 0.0
    assert epsilon_between(STANDARD, Gaussian(1e-7, 1.0), 1e-5) == 0.0
    far = epsilon_between(STANDARD, Gaussian(60.0, 1.0), 1e-5)
    assert 60**2 / 2 < far < 60**2 / 2 + 60 * 5
    assert epsilon_between(STANDARD, Gaussian(0.0, 0.0), 1e-5) == math.inf
    assert epsilon_between(Gaussian(2.0, 0.0), Gaussian(2.0, 0.0), 1e-5) == 0.0


def test_a_fit_has_the_mean_and_the_unbiased_variance():
    assert Gaussian.fitted(np.array([1.0, 2.0, 4.0, 5.0])) == Gaussian(3.0, pytest.approx(math.sqrt(10 / 3)))
