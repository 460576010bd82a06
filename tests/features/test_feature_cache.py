"""The cache alone: whatever the shards, what is put together holds the asked rows in the asked order."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fedser.features.assembly import assemble
from fedser.features.cache import FeatureCache


@settings(max_examples=25, deadline=None)
@given(data=st.data(), count=st.integers(1, 30), dims=st.integers(1, 5), framed=st.booleans())
def test_any_shards_give_any_order(tmp_path_factory, data, count, dims, framed) -> None:
    """Vectors, and frames of which each utterance has another number."""
    cache = FeatureCache(tmp_path_factory.mktemp("cache"))
    frames = [data.draw(st.integers(1, 4)) if framed else 1 for _ in range(count)]
    features = {f"{n:064x}": n + 0.1 * np.arange(frames[n] * dims, dtype=np.float32) for n in range(count)}
    features = {key: each.reshape(-1, dims) if framed else each for key, each in features.items()}
    cuts = sorted({0, count, *data.draw(st.lists(st.integers(1, count), max_size=4))})
    for start, end in pairwise(cuts):
        cache.write(dict(list(features.items())[start:end]))
    asked = data.draw(st.lists(st.sampled_from(sorted(features)), min_size=1, max_size=40))
    rows, offsets = assemble(cache, asked, dims)
    assert rows.dtype == np.float32
    assert not rows.flags.writeable
    for key, (start, end) in zip(asked, pairwise(offsets), strict=True):
        np.testing.assert_array_equal(rows[start:end], np.atleast_2d(features[key]))
    assert offsets[-1] == len(rows)


def test_unfinished_files_are_not_taken_for_shards(tmp_path) -> None:
    cache = FeatureCache(tmp_path)
    cache.write({"a": np.zeros(2, np.float32)})
    (tmp_path / ".shard-0123.safetensors.77-0123.part").write_bytes(b"half")
    assert set(cache.places()) == {"a"}
