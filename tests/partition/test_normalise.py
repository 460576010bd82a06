"""z-normalisation: mean zero and deviation one in each group, and the caller's matrix as it was."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.partition.normalise import normalise, scope_groups


def matrix(rows, dims=5, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(rows, dims)) * [1, 100, 0.01, 5, 1][:dims] + 50).astype(np.float32)


@given(groups=st.lists(st.sampled_from("abc"), min_size=1, max_size=40), seed=st.integers(0, 5))
def test_each_group_has_mean_zero_and_deviation_one(groups, seed):
    given_ = matrix(len(groups), seed=seed)
    before = given_.tobytes()
    labels = pd.Series(groups, index=range(500, 500 + len(groups)))
    found = normalise(given_, labels)
    assert found.dtype == np.float32 and found.shape == given_.shape and given_.tobytes() == before
    for group in set(groups):
        rows = np.flatnonzero(labels.to_numpy() == group)
        assert np.allclose(found[rows].mean(axis=0), 0, atol=1e-4)
        deviation = given_[rows].astype(np.float64).std(axis=0)
        assert np.allclose(found[rows].std(axis=0), deviation / (deviation + 1e-5), atol=1e-4)


def test_the_epsilon_is_added_to_the_deviation():
    found = normalise(np.array([[0.0], [2e-5]], dtype=np.float32), pd.Series(["a", "a"]))
    assert found.ravel().tolist() == pytest.approx([-0.5, 0.5])


def test_a_constant_feature_becomes_zero():
    found = normalise(np.full((4, 2), 7.5, dtype=np.float32), pd.Series(list("aabb")))
    assert np.array_equal(found, np.zeros((4, 2)))


def test_a_large_offset_does_not_cost_the_variation():
    given_ = (1e6 + np.arange(8, dtype=np.float32)[:, None]).astype(np.float32)
    found = normalise(given_, pd.Series(["a"] * 8))
    assert np.allclose(found.std(), 1, atol=1e-4)


def test_features_beyond_those_taken_at_a_time_are_normalised_alike():
    given_, groups = np.tile(matrix(9), 130), pd.Series(list("aabbabaab"))
    assert np.array_equal(normalise(given_, groups), np.tile(normalise(matrix(9), groups), 130))


def test_rows_without_a_group_are_a_group():
    given_ = matrix(6)
    found = normalise(given_, pd.Series(["a", None, "a", None, "a", None]))
    assert np.allclose(found[1::2].mean(axis=0), 0, atol=1e-4)


def test_none_leaves_the_features_as_they_are():
    given_ = matrix(6)
    assert np.array_equal(normalise(given_, None), given_)


def test_a_memory_map_is_only_read(tmp_path):
    np.save(tmp_path / "x.npy", matrix(6))
    found = normalise(np.load(tmp_path / "x.npy", mmap_mode="r"), pd.Series(list("aabbcc")))
    assert np.array_equal(np.load(tmp_path / "x.npy"), matrix(6)) and not isinstance(found, np.memmap)


@pytest.mark.parametrize(
    ("scope", "groups"), [("speaker", "sstt"), ("client", "wxyz"), ("corpus", "cccd"), ("none", None)]
)
def test_the_scope_chooses_the_groups(scope, groups):
    utterances = pd.DataFrame({"speaker": list("sstt"), "corpus": list("cccd")})
    found = scope_groups(scope, utterances, pd.Series(list("wxyz")))
    assert (None if found is None else "".join(found)) == groups
