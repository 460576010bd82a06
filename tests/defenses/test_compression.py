"""Signs, few levels and few entries: by hand, and what holds of any update."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fedser.defenses import Prune, Quantise, Sign, TopK
from fedser.seeds import Stream

STREAM = Stream(4)("defense")
UPDATES = st.fixed_dictionaries(
    {
        name: arrays.arrays(np.float32, shape, elements=st.floats(-100, 100, width=32))
        for name, shape in {"a.weight": (3, 4), "a.bias": (3,)}.items()
    }
)


def named(**entries):
    return {name: np.array(values, dtype=np.float32) for name, values in entries.items()}


def listed(update):
    return {name: array.tolist() for name, array in update.items()}


def flat(update):
    return np.concatenate([update[name].ravel() for name in sorted(update)])


def test_signs_are_sent_at_the_mean_magnitude_of_their_array():
    sent = Sign().on_update(named(a=[[3, -1], [0, 4]], b=[-0.5, 0]), STREAM)
    assert listed(sent) == {"a": [[2, -2], [0, 2]], "b": [-0.25, 0]}


@given(UPDATES)
def test_signs_alone_are_left_and_the_mean_magnitude_of_what_is_not_zero(update):
    for name, sent in Sign().on_update(update, STREAM).items():
        assert np.array_equal(np.sign(sent), np.sign(update[name])) or np.abs(update[name]).mean() < 1e-37
        assert len(set(np.abs(sent[sent != 0]).tolist())) <= 1


def test_the_nearest_of_the_levels_by_hand():
    """Three bits: three levels on each side of zero, a third of the largest magnitude apart."""
    quantise = Quantise(bits=3, rounding="nearest")
    sent = quantise.on_update(named(a=[[0, 3, -1.4], [1.6, -2.4, 0.4]], b=[-0.5], c=[0, 0]), STREAM)
    expected = {"a": [[0, 3, -1], [2, -2, 0]], "b": [-0.5], "c": [0, 0]}
    assert all(np.allclose(sent[name], values, rtol=1e-6, atol=0) for name, values in expected.items())


@given(UPDATES, st.integers(2, 16), st.sampled_from(["stochastic", "nearest"]))
def test_a_level_beside_the_entry_is_sent(update, bits, rounding):
    sent = Quantise(bits=bits, rounding=rounding).on_update(update, STREAM)
    for name, array in update.items():
        largest, levels = np.abs(array).max(), 2 ** (bits - 1) - 1
        if largest < 1e-30:
            continue
        places = sent[name].astype(np.float64) / largest * levels
        assert np.allclose(places, np.rint(places), atol=1e-2) and np.abs(places).max() <= levels * (1 + 1e-6)
        apart = 0.5 if rounding == "nearest" else 1.0
        assert np.all(np.abs(places - array.astype(np.float64) / largest * levels) <= apart + 1e-2)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_stochastic_rounding_is_right_on_average_and_draws_for_each_array(bits):
    values = np.full(40_000, 0.3, dtype=np.float32)
    values[0] = 1  # the range
    sent = Quantise(bits=bits).on_update({"a": values, "b": values}, STREAM)
    step = 1 / (2 ** (bits - 1) - 1)
    assert sorted({round(float(value) / step) for value in sent["a"][1:]}) == [int(0.3 / step), int(0.3 / step) + 1]
    assert sent["a"].mean() == pytest.approx(0.3, abs=4 * step / 2 / np.sqrt(len(values)) + 1e-4)
    assert not np.array_equal(sent["a"], sent["b"])
    assert not np.array_equal(sent["a"], Quantise(bits=bits).on_update({"a": values}, Stream(5))["a"])


def test_the_nearest_levels_are_left_where_they_are():
    nearest = Quantise(bits=4, rounding="nearest")
    once = nearest.on_update({"a": np.random.default_rng(0).normal(size=500).astype(np.float32)}, STREAM)
    assert np.allclose(nearest.on_update(once, STREAM)["a"], once["a"], rtol=1e-6, atol=0)


def test_a_share_is_pruned_over_the_update_or_within_each_array():
    update = named(a=[[5, -1], [2, 0.5]], b=[-0.3, 0.1, 0.2, 0.4])
    whole = Prune(share=0.5).on_update(update, STREAM)
    assert listed(whole) == {"a": [[5, -1], [2, 0.5]], "b": [0, 0, 0, 0]}
    within = Prune(share=0.5, within="array").on_update(update, STREAM)
    assert listed(within) == listed(named(a=[[5, 0], [2, 0]], b=[-0.3, 0, 0, 0.4]))


def test_what_is_below_a_magnitude_is_pruned():
    pruned = Prune(below=1.0).on_update(named(a=[[5, -1], [2, 0.5]], b=[-0.9, 1.1]), STREAM)
    assert listed(pruned) == listed(named(a=[[5, -1], [2, 0]], b=[0, 1.1]))


def test_of_equal_entries_the_first_are_kept():
    update = named(a=[1, -1, 1, 3], b=[-1, 1])
    assert listed(Prune(share=0.5).on_update(update, STREAM)) == {"a": [1, -1, 0, 3], "b": [0, 0]}


@given(UPDATES, st.floats(0, 0.99))
def test_as_many_as_asked_for_are_zero_and_none_of_them_is_larger_than_one_that_is_left(update, share):
    before, after = flat(update), flat(Prune(share=share).on_update(update, STREAM))
    pruned = (after == 0) & (before != 0)
    assert np.count_nonzero(after) == min(np.count_nonzero(before), 15 - int(share * 15 + 1e-9))
    assert np.array_equal(after[~pruned], before[~pruned])
    if pruned.any() and (after != 0).any():
        assert np.abs(before[pruned]).max() <= np.abs(after[after != 0]).min()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("defense", [Prune(share=0.9), Prune(share=0.9, within="array"), Prune(below=1.0)], ids=repr)
def test_what_is_not_finite_is_not_pruned_away(defense, bad):
    """A client that fails is to be seen to fail."""
    sent = defense.on_update({"a": np.array([0.5, bad, 2.0, 0.1], dtype=np.float32)}, STREAM)
    assert not np.isfinite(sent["a"]).all()


def test_the_largest_are_sent_and_the_others_kept_and_added_by_hand():
    top, first, second = TopK(share=0.5), named(a=[4, -3], b=[1, 2]), named(a=[0, -2], b=[2, 0.5])
    sent, kept = top.on_round(first, {}, STREAM)
    assert (listed(sent), listed(kept)) == ({"a": [4, -3], "b": [0, 0]}, {"a": [0, 0], "b": [1, 2]})
    sent, kept = top.on_round(second, kept, STREAM)  # of 0, -2, 3, 2.5
    assert (listed(sent), listed(kept)) == ({"a": [0, 0], "b": [3, 2.5]}, {"a": [0, -2], "b": [0, 0]})


def test_of_each_array_one_entry_is_sent_at_least():
    sent = TopK(share=0.01, within="array").on_update(named(a=[4, -3], b=[1, 2]), STREAM)
    assert listed(sent) == {"a": [4, 0], "b": [0, 2]}


def test_signs_with_error_feedback_by_hand():
    sent, kept = Sign(error_feedback=True).on_round(named(a=[3, -1]), {}, STREAM)
    assert (listed(sent), listed(kept)) == ({"a": [2, -2]}, {"a": [1, 1]})
    sent, kept = Sign(error_feedback=True).on_round(named(a=[0, 2]), kept, STREAM)  # of 1 and 3
    assert (listed(sent), listed(kept)) == ({"a": [2, 2]}, {"a": [-1, 1]})


@given(st.lists(UPDATES, min_size=1, max_size=5), st.sampled_from([TopK(share=0.2), Sign(error_feedback=True)]))
def test_with_error_feedback_all_that_is_not_sent_is_kept(updates, defense):
    kept, whole = {}, np.zeros(15)
    for update in updates:
        sent, kept = defense.on_round(update, kept, STREAM)
        whole += flat(update).astype(np.float64) - flat(sent)
    assert np.allclose(whole, flat(kept), atol=1e-3)
