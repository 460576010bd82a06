"""Aggregation is a weighted mean, whatever the order of the replies."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fedser.algorithms.aggregate import weighted_mean
from fedser.updates.update import Update

ARRAY = arrays.arrays(np.float32, (2, 3), elements=st.floats(-1e3, 1e3, width=32))


@st.composite
def cohorts(draw, array=ARRAY):
    """Some clients' updates, sorted by client, with numbers of examples."""
    size = draw(st.integers(1, 8))
    return [
        Update(1, f"client-{number:05d}", draw(st.integers(1, 5000)), {"w": draw(array), "b": draw(array)})
        for number in range(size)
    ]


@given(cohorts())
def test_it_is_numpys_weighted_average(updates):
    mean = weighted_mean(updates)
    weights = [update.examples for update in updates]
    assert list(mean) == ["w", "b"]
    for name, array in mean.items():
        expected = np.average([u.arrays[name].astype(np.float64) for u in updates], axis=0, weights=weights)
        assert array.dtype == np.float32 and np.allclose(array, expected, rtol=1e-6, atol=1e-9)


@given(cohorts(), st.randoms(use_true_random=False))
def test_the_order_changes_no_bit(updates, random):
    shuffled = list(updates)
    random.shuffle(shuffled)
    one, other = weighted_mean(updates), weighted_mean(shuffled)
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_the_order_changes_no_bit_where_summands_cancel():
    values = {"client-0": 1e30, "client-1": -1e30, "client-2": 3.0}
    updates = [Update(1, client, 1, {"w": np.full(2, value, np.float32)}) for client, value in values.items()]
    assert weighted_mean(updates)["w"].tolist() == [1.0, 1.0]
    for shuffled in itertools.permutations(updates):
        assert weighted_mean(shuffled)["w"].tolist() == [1.0, 1.0]


@given(cohorts())
def test_it_lies_between_the_least_and_the_greatest(updates):
    stack = np.stack([update.arrays["w"] for update in updates])
    mean = weighted_mean(updates)["w"]
    slack = 1e-6 * np.abs(stack).max()
    assert (mean >= stack.min(axis=0) - slack).all() and (mean <= stack.max(axis=0) + slack).all()


@given(ARRAY, st.integers(1, 9999))
def test_one_client_alone_is_its_own_mean(array, examples):
    assert weighted_mean([Update(1, "client-00000", examples, {"w": array})])["w"].tobytes() == (array + 0).tobytes()


@given(cohorts(), st.integers(2, 7))
def test_only_the_shares_of_the_examples_count(updates, factor):
    scaled = [Update(1, update.client, factor * update.examples, update.arrays) for update in updates]
    one, other = weighted_mean(updates), weighted_mean(scaled)
    assert all(np.allclose(one[name], other[name], rtol=1e-6, atol=1e-6) for name in one)


@given(cohorts())
def test_the_updates_stay_as_they_are(updates):
    before = [{name: array.tobytes() for name, array in update.arrays.items()} for update in updates]
    weighted_mean(updates)
    assert before == [{name: array.tobytes() for name, array in update.arrays.items()} for update in updates]
