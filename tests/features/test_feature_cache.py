"""The cache alone: whatever the shards, a matrix holds the asked rows in the asked order."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fedser.features.cache import FeatureCache


@settings(max_examples=25, deadline=None)
@given(data=st.data(), count=st.integers(1, 30), dims=st.integers(1, 5))
def test_any_shards_give_any_order(tmp_path_factory, data, count, dims) -> None:
    cache = FeatureCache(tmp_path_factory.mktemp("cache"))
    vectors = {f"{n:064x}": np.full(dims, n, np.float32) for n in range(count)}
    cuts = sorted({0, count, *data.draw(st.lists(st.integers(1, count), max_size=4))})
    for start, end in pairwise(cuts):
        cache.write(dict(list(vectors.items())[start:end]))
    asked = data.draw(st.lists(st.sampled_from(sorted(vectors)), min_size=1, max_size=40))
    matrix = cache.matrix(asked, dims)
    np.testing.assert_array_equal(matrix, np.stack([vectors[audio] for audio in asked]))


def test_unfinished_files_are_not_taken_for_shards(tmp_path) -> None:
    cache = FeatureCache(tmp_path)
    cache.write({"a": np.zeros(2, np.float32)})
    (tmp_path / ".shard-0123.safetensors.77-0123.part").write_bytes(b"half")
    assert set(cache.places()) == {"a"}
