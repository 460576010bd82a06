"""What least squares makes of a first layer's gradient, and how far its ratios lie apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.updates.reductions.least_squares import least_squares
from fedser.updates.reductions.mean_input import mean_input
from fedser.updates.reductions.second_moments import spread

noises = pytest.mark.parametrize("noise", ["equal", "estimated"])


def drawn(seed, out=40, inputs=9, noise=0.0):
    """The rows b_i m + e_i of a mean input m, e_i of standard deviation ``noise`` (one, or one for each row)."""
    generator = np.random.default_rng(seed)
    mean, bias = generator.standard_normal(inputs), generator.standard_normal(out)
    rows = np.outer(bias, mean) + np.reshape(noise, (-1, 1)) * generator.standard_normal((out, inputs))
    return mean, rows.astype(np.float32), bias.astype(np.float32)


@noises
@given(st.integers(0, 2**32))
def test_without_noise_the_mean_is_exact(noise, seed):
    mean, rows, bias = drawn(seed)
    np.testing.assert_allclose(least_squares(rows, bias, noise), mean, rtol=1e-3, atol=1e-4)


def test_it_is_the_least_squares_solution():
    _, rows, bias = drawn(1, noise=0.5)
    expected = np.linalg.lstsq(bias[:, None].astype(float), rows.astype(float))[0][0]
    np.testing.assert_allclose(least_squares(rows, bias, "equal"), expected, rtol=1e-5)


@noises
@given(st.integers(0, 2**32), st.permutations(range(40)), st.floats(1e-5, 1e5))
def test_order_signs_and_scale_drop_out(noise, seed, order, factor):
    _, rows, bias = drawn(seed, noise=0.5)
    sign = np.where(np.arange(40) % 3, factor, -factor).astype(np.float32)
    for reduce in (lambda w, b: least_squares(w, b, noise), spread):
        moved = reduce(rows[order] * sign[:, None], bias[order] * sign)
        np.testing.assert_allclose(moved, reduce(rows, bias), rtol=1e-2, atol=1e-3)


def test_each_is_best_under_its_own_noise():
    """Mean squared error over 200 draws: equal noise, and noise that a tenth of the neurons has ten times over."""
    errors = {}
    for case, noise in (("equal", 0.5), ("uneven", np.where(np.arange(40) < 4, 5.0, 0.5))):
        for name in ("sign", "equal", "estimated"):
            missed = []
            for seed in range(200):
                mean, rows, bias = drawn(seed, noise=noise)
                found = mean_input(rows, bias) if name == "sign" else least_squares(rows, bias, name)
                missed.append(((found - mean) ** 2).mean())
            errors[case, name] = np.mean(missed)
    assert errors["equal", "equal"] < 0.8 * errors["equal", "sign"]
    assert errors["uneven", "estimated"] < 0.4 * min(errors["uneven", "equal"], errors["uneven", "sign"])


def test_the_spread_is_that_of_the_ratios():
    generator = np.random.default_rng(2)
    sizes = np.array([1.0, 2.0, 4.0])
    rows = (sizes * generator.standard_normal((4000, 3))).astype(np.float32)
    found = spread(rows, generator.standard_normal(4000).astype(np.float32))
    np.testing.assert_allclose(found, sizes / np.sqrt((sizes**2).mean()), rtol=0.05)


def test_without_bias_or_spread_there_is_zero():
    _, rows, bias = drawn(0)
    assert (spread(rows, bias) == 0).all()
    assert (spread(np.zeros_like(rows), bias * 0) == 0).all()
    assert (least_squares(rows, bias * 0, "equal") == 0).all()
