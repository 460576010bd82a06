"""The features of a corpus as one memory-mapped file, put together from shards without holding them in memory."""

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from fedser.artifacts.files import value_hash, write_atomic
from fedser.features.cache import FeatureCache, Place, read_rows, storing

_WIDTH = 4  # bytes of a float32

Rows = np.ndarray[Any, np.dtype[np.float32]]
Offsets = np.ndarray[Any, np.dtype[np.int64]]


def assemble(cache: FeatureCache, keys: Sequence[str], dims: int) -> tuple[Rows, Offsets]:
    """What ``cache`` holds of the contents ``keys``, in their order: float32 [rows, dims], memory-mapped, read-only.

    The rows of the i-th lie from the i-th to the (i+1)-th offset. Raises StorageError when the disk does not take it.
    """
    found = cache.places()
    places = [found[key] for key in keys]
    offsets = np.cumsum([0, *(place.rows for place in places)], dtype=np.int64)
    path = cache.folder / f"rows-{value_hash(list(keys))[:16]}.npy"
    if not path.is_file():
        with storing(path):
            write_atomic(path, lambda part: _write(part, places, offsets, dims))
    rows: Rows = np.load(path, mmap_mode="r")
    return rows, offsets


def _write(path: Path, places: Sequence[Place], offsets: Offsets, dims: int) -> None:
    """Shard by shard; written and not mapped, since a full disk kills who writes to a mapped file."""
    by_shard: dict[Path, list[int]] = defaultdict(list)
    for index, place in enumerate(places):
        by_shard[place.shard].append(index)
    with path.open("wb") as stream:
        start = _begin(stream, (int(offsets[-1]), dims))
        for shard, indices in by_shard.items():
            rows = read_rows(shard)
            for index in indices:
                place = places[index]
                stream.seek(start + _WIDTH * dims * int(offsets[index]))
                stream.write(rows[place.first : place.first + place.rows].data)


def _begin(stream: BinaryIO, shape: tuple[int, int]) -> int:
    """Write the header of an array of this shape and take its place on the disk; where its first number goes."""
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.float32)), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    start = stream.tell()
    stream.flush()
    os.posix_fallocate(stream.fileno(), 0, start + _WIDTH * shape[0] * shape[1])
    return start
