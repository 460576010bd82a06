"""Scores of numbers: by hand, against numpy's correlation, and the ways in which they can be undefined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.metrics.numbers import NUMBER_METRICS, Said
from fedser.metrics.permutation import Permutation

RNG = np.random.default_rng(0)


def said(estimates, true, persons=None, folds=1):
    """One answer of each speaker in each fold."""
    speakers = len(true)
    fold, speaker = np.repeat(np.arange(folds), speakers), np.tile(np.arange(speakers), folds)
    whose = np.arange(speakers) if persons is None else np.array(persons)
    return Said.of(fold, speaker, np.tile(estimates, folds).astype(float), np.array(true, dtype=float), whose)


def value(one, metric):
    return float(NUMBER_METRICS[metric](one.true.sum(axis=1)))


def test_by_hand():
    one = said([20.0, 30.0, 50.0], [20, 40, 60])
    assert value(one, "mae") == pytest.approx(20 / 3)
    # deviations (-40, -10, 50)/3 and (-20, 0, 20): covariance 200, variances 1400/9 and 800/3, means 100/3 and 40
    assert value(one, "pearson") == pytest.approx(200 / np.sqrt(1400 / 9 * 800 / 3))
    assert value(one, "ccc") == pytest.approx(2 * 200 / (1400 / 9 + 800 / 3 + (40 - 100 / 3) ** 2))


@given(st.integers(0, 1000))
def test_as_numpy_says(seed):
    rng = np.random.default_rng(seed)
    true, guess = rng.integers(20, 80, 12), rng.normal(1000.0, 20.0, 12)
    assert value(said(guess, true), "pearson") == pytest.approx(np.corrcoef(true, guess)[0, 1], abs=1e-9)


def test_folds_are_averaged_and_a_fold_without_answers_is_none():
    one = Said.of(
        np.array([0, 0, 2]), np.array([0, 1, 1]), np.array([1.0, 4.0, 5.0]), np.array([1.0, 2.0]), np.arange(2)
    )
    assert value(one, "mae") == pytest.approx((1.0 + 3.0) / 2)


def test_a_constant_answer_has_no_correlation_and_its_own_error():
    one = said([38.123456789] * 5, [20, 30, 40, 50, 60])
    assert value(one, "pearson") == value(one, "ccc") == 0.0
    assert value(one, "mae") == pytest.approx(
        np.mean([18.123456789, 8.123456789, 1.876543211, 11.876543211, 21.876543211])
    )


def test_rounding_is_no_correlation():
    middle = 40.0 + 1e-14 * np.array([1, 0, 1, 0, 1])
    one = said(middle, [20, 30, 40, 50, 60])
    assert value(one, "pearson") == value(one, "ccc") == 0.0


def test_resamples_are_of_persons_and_hold_the_truth():
    rng = np.random.default_rng(3)
    true = rng.uniform(20, 70, 40)
    one = said(true + rng.normal(0, 5, 40), true)
    for metric in NUMBER_METRICS:
        found = one.resampled(metric, 500, np.random.default_rng(1))
        again = one.resampled(metric, 500, np.random.default_rng(1))
        interval = found.interval(0.95)
        assert interval.low < interval.value < interval.high and (found.drawn == again.drawn).all()
    # Two sessions of one person are drawn together: there is nothing to resample with one person.
    assert np.ptp(said([1.0, 5.0], [2, 4], persons=[0, 0]).resampled("mae", 50, RNG).drawn) == 0


def test_p_values_are_exact_for_few_and_count_as_good_dealings():
    sure = said([20.0, 30.0, 40.0, 50.0], [20, 30, 40, 50])
    for metric in NUMBER_METRICS:
        assert sure.p_value(metric, Permutation(1000), RNG) == pytest.approx(1 / 24)
    blind = said([35.0] * 4, [20, 30, 40, 50])
    for metric in NUMBER_METRICS:
        assert blind.p_value(metric, Permutation(1000), RNG) == 1.0
    # Numbers that differ between one person's sessions are dealt within the person.
    within = said([1.0, 2.0, 1.0, 2.0], [1, 2, 1, 2], persons=[0, 0, 1, 1])
    assert within.p_value("mae", Permutation(1000), RNG) == pytest.approx(1 / 4)


def test_blind_answers_have_uniform_p_values():
    rng = np.random.default_rng(5)
    found = []
    for _ in range(60):
        true = rng.integers(20, 70, 15)
        found.append(said(rng.normal(45, 10, 15), true).p_value("pearson", Permutation(199), rng))
    assert 0.35 < np.mean(found) < 0.65 and np.mean(np.array(found) < 0.1) < 0.25
