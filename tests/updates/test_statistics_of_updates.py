"""The algebra of the cheap reductions: what they equal, what changes nothing in them, and what they do with zeros."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fedser.updates.reductions import Biases, Pooled, Projection
from fedser.updates.reductions.moments import MOMENTS, moments
from fedser.updates.reductions.projection import drawn

seeds = st.integers(0, 2**32 - 1)
sides = st.integers(2, 20)
BIASES = Biases(parameters=("dense1.bias", "dense2.bias"))
POOLED = Pooled(layer="dense1")
PROJECTION = Projection(parameters=("dense1.weight", "dense1.bias"), size=5)
ZEROS = {"dense1.weight": np.zeros((3, 5), np.float32), "dense1.bias": np.zeros(3, np.float32)}
ZEROS |= {"dense2.weight": np.zeros((2, 3), np.float32), "dense2.bias": np.zeros(2, np.float32)}


def normal(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.fixture(scope="module")
def of(a_round, public):
    """of(reduction, arrays, sends): the reduction of an update of such arrays, from a model of zeros."""

    def reduce(reduction, arrays, sends="gradient"):
        return reduction(replace(a_round(1).updates[0], arrays=arrays), ZEROS, public(sends))

    return reduce


@given(seeds, sides, sides)
def test_moments_are_those_of_the_definitions(seed, rows, columns):
    array = normal(seed, rows, columns)
    array[0, 0] = 0
    found, flat = dict(zip(MOMENTS, moments(array).tolist(), strict=True)), array.astype(np.float64).ravel()
    expected = {f"l{p}": np.linalg.norm(flat, p) for p in (1, 2)} | {"max": np.linalg.norm(flat, np.inf)}
    expected |= {"mean": flat.mean(), "sd": flat.std(), "zeros": 1 / flat.size}
    expected |= {"skewness": stats.skew(flat), "kurtosis": stats.kurtosis(flat)}
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-6)


@given(seeds, sides, sides)
def test_the_order_of_neurons_and_the_layout_change_no_moment(seed, rows, columns):
    array = normal(seed, rows, columns)
    shuffled = array[np.random.default_rng(seed).permutation(rows)]
    np.testing.assert_allclose(moments(shuffled), moments(array), rtol=1e-5, atol=1e-6)
    assert (moments(np.asfortranarray(array)) == moments(array)).all()


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_values_that_are_all_alike_have_no_shape(value):
    expected = [value * 6, value * np.sqrt(6), value, value, 0, 0, 0, value == 0]
    np.testing.assert_allclose(moments(np.full((2, 3), value, np.float32)), expected, rtol=1e-6)


def test_biases_are_directions_in_both_orders(of):
    arrays = ZEROS | {"dense1.bias": np.array([3.0, 0.0, -4.0], np.float32)}
    found = of(BIASES, arrays)
    np.testing.assert_allclose(found["dense1.bias"], [0.6, 0, -0.8], rtol=1e-6)
    np.testing.assert_allclose(found["dense1.bias.sorted"], [-0.8, 0, 0.6], rtol=1e-6)
    assert found["dense1.bias.length"] == 5 and not any(found[f"dense2.bias{end}"].any() for end in ("", ".sorted"))


@given(seed=seeds)
def test_sorted_biases_know_no_order_of_neurons(of, seed):
    bias = normal(seed, 3)
    one, other = (of(BIASES, ZEROS | {"dense1.bias": b}) for b in (bias, bias[[2, 0, 1]]))
    np.testing.assert_allclose(one["dense1.bias.sorted"], other["dense1.bias.sorted"], rtol=1e-6)


@given(seed=seeds, factor=st.floats(0.01, 100))
def test_the_largest_gradients_know_no_order_no_signs_and_no_factor(of, seed, factor):
    weight, signs = normal(seed, 3, 5), np.array([[1], [-1], [-1]], np.float32)
    one, other = (
        of(POOLED, ZEROS | {"dense1.weight": w})["largest"] for w in (weight, np.float32(factor) * signs * weight[::-1])
    )
    np.testing.assert_allclose(one, other, rtol=1e-5)
    np.testing.assert_allclose(one / one.max(), abs(weight).max(axis=0) / abs(weight).max(), rtol=1e-5)
    assert np.linalg.norm(one) == pytest.approx(1, rel=1e-6)


@given(seed=seeds, factor=st.floats(0.01, 100))
def test_a_projection_is_a_fixed_linear_map_of_the_direction(of, seed, factor):
    arrays = ZEROS | {"dense1.weight": normal(seed, 3, 5), "dense1.bias": normal(seed + 1, 3)}
    dense = np.zeros((5, 18))
    for name, start, size in (("dense1.weight", 0, 15), ("dense1.bias", 15, 3)):
        places, signs = drawn(name, size, 5)
        dense[places, np.arange(start, start + size)] = signs
    flat = np.concatenate([arrays[name].ravel() for name in PROJECTION.parameters])
    found = of(PROJECTION, {name: np.float32(factor) * array for name, array in arrays.items()})["sums"]
    np.testing.assert_allclose(found, dense @ flat / np.linalg.norm(flat), rtol=1e-4, atol=1e-5)


def test_projections_keep_angles():
    """The inner products of a hundred pairs of directions at 45 degrees."""
    values, size = 20_000, 512
    places, signs = drawn("dense1.weight", values, size)
    errors = []
    for pair in range(100):
        one = normal(pair, values)
        other = one + normal(1000 + pair, values)
        one, other = one / np.linalg.norm(one), other / np.linalg.norm(other)
        p, q = (np.bincount(places, weights=v * signs, minlength=size) for v in (one, other))
        errors.append(p @ q - one @ other)
    assert abs(np.mean(errors)) < 0.02 and np.std(errors) < 2 / np.sqrt(size)


@pytest.mark.parametrize("reduction", [BIASES, POOLED, PROJECTION], ids=lambda r: r.name)
@pytest.mark.parametrize("sends", ["gradient", "parameters"])
def test_updates_of_zeros_are_zeros(of, reduction, sends):
    assert not any(array.any() for array in of(reduction, ZEROS, sends).values())
