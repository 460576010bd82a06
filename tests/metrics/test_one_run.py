"""The lower bound from a single run: by hand where it can be, and never above the truth but as often as it says."""

import math

import numpy as np
import pytest

from fedser.metrics.one_run import Guesses, lower_bound, probability


def test_all_right_is_as_probable_as_a_power():
    assert probability(Guesses(50, 10, 10), math.log(3), 0.0) == pytest.approx(0.75**10)
    right = 0.05**0.1
    assert lower_bound(Guesses(50, 10, 10), 0.0, 0.95) == pytest.approx(math.log(right / (1 - right)))


def test_delta_adds_to_it():
    """Of two guesses, both right at epsilon 0: f(2) = 1/4, f(1) = 3/4, f(0) = 1; the maximum is 1/2 at i = 1."""
    guesses = Guesses(5, 2, 2)
    assert probability(guesses, 0.0, 0.01) == pytest.approx(0.25 + 2 * 5 * 0.01 * 0.5)
    assert probability(guesses, 0.0, 0.5) == 1.0


def test_it_falls_with_delta_and_is_nothing_where_guesses_are_luck():
    bounds = [lower_bound(Guesses(200, 100, 95), delta, 0.95) for delta in (0.0, 1e-4, 1e-3, 0.1)]
    assert bounds == sorted(bounds, reverse=True) and bounds[0] > 2 and bounds[-1] == 0.0
    assert lower_bound(Guesses(200, 100, 50), 0.0, 0.95) == 0.0
    assert lower_bound(Guesses(200, 0, 0), 0.0, 0.95) == 0.0


def test_the_extremes_are_guessed_in_and_out():
    scores, took_part = np.array([3.0, 0.1, -2.0, 2.0, 0.0, -1.0]), np.array([1, 1, 0, 0, 0, 1], bool)
    assert Guesses.of(scores, took_part, 0.34) == Guesses(6, 2, 2)  # 3 is in, and -2 is not
    assert Guesses.of(scores, took_part, 0.67) == Guesses(6, 4, 2)  # 2 is not in, and -1 is


def test_randomised_response_is_hardly_ever_said_to_be_less_private_than_it_is():
    """Each coin is told rightly with e / (1 + e): epsilon is 1, and a bound of 90 % is above it in 10 % at most."""
    rng, right = np.random.default_rng(5), math.e / (1 + math.e)
    bounds = [lower_bound(Guesses(60, 60, int(hits)), 0.0, 0.9) for hits in rng.binomial(60, right, size=120)]
    above = np.mean(np.array(bounds) > 1.0)
    assert above <= 0.1 + 2 * math.sqrt(0.09 / 120) and np.mean(bounds) > 0.4
