"""Our safetensors files are those of the library, byte for byte."""

import errno
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors.numpy import save

from fedser.artifacts.flat_file import save_file
from fedser.artifacts.tensors import write_tensors
from fedser.errors import CaptureError

KINDS = ["bool", "uint8", "int8", "int16", "uint16", "float16", "int32", "uint32", "float32", "float64", "int64"]
tensors = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9).filter(lambda name: name[0] != "_"),
    st.sampled_from([*KINDS, "uint64"]).flatmap(
        lambda kind: arrays(kind, array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    ),
    min_size=1,
    max_size=8,
)


@given(tensors, st.text(st.characters(exclude_categories=["Cs"]), max_size=9))
def test_bytes_are_those_of_the_library(tmp_path_factory, arrays, text):
    path = tmp_path_factory.mktemp("file") / "arrays"
    save_file(arrays, path, {"fedser": text})
    assert path.read_bytes() == save(arrays, {"fedser": text})


def test_arrays_need_not_be_contiguous(tmp_path):
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    save_file({"a": array.T, "b": array[:, ::2]}, tmp_path / "f", {})
    assert (tmp_path / "f").read_bytes() == save({"a": array.T.copy(), "b": array[:, ::2].copy()}, {})


def test_a_full_disk_is_told_before_anything_is_written(tmp_path, monkeypatch):
    def full(descriptor, offset, length):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(CaptureError) as refusal:
        write_tensors(tmp_path / "f", {"a": np.zeros(3, np.float32)}, {}, "round")
    assert str(refusal.value) == (
        f"{tmp_path / 'f'}: cannot write this round: the disk is full; all earlier rounds are kept, run again to resume"
    )
    assert not list(tmp_path.iterdir())
