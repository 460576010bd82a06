"""Features on disk by the content of the audio: a changed file alone is extracted again.

Vectors lie in shards, safetensors files ``<extractor>/shard-*.safetensors`` with one array [utterances, dims] and the
SHA-256 of each utterance's audio file. A shard is named by what it holds and written whole or not at all, so that a
killed extraction keeps what it had finished, and two processes on one cache at worst do the same work twice.
"""

import json
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from fedser.artifacts.files import value_hash, write_atomic
from fedser.errors import FedserError, InputError
from fedser.features.extractor import FeatureExtractor, Vector

_LAYOUT = 1  # raise it when this project reads audio, or lays out a shard, in another way
_FEATURES = "features"


class Place(NamedTuple):
    """Where a vector lies."""

    shard: Path
    row: int


class StorageError(FedserError):
    """Features that could not be written."""

    exit_code = 1


@dataclass(frozen=True)
class FeatureCache:
    """The vectors of one extractor, below ``folder``."""

    folder: Path

    @classmethod
    def of(cls, root: Path, extractor: FeatureExtractor) -> "FeatureCache":
        """The cache below ``root`` whose folder is named by all that decides the extractor's numbers."""
        key = value_hash({"layout": _LAYOUT, "reading": reading(), "version": extractor.version()})
        return cls(root / f"{extractor.name}-{key[:16]}")

    def places(self) -> dict[str, Place]:
        """Where the vector of each audio hash lies; raises InputError for a damaged shard."""
        found: dict[str, Place] = {}
        for shard in sorted(self.folder.glob("shard-*.safetensors")):
            for row, audio in enumerate(_audio_of(shard)):
                found[audio] = Place(shard, row)
        return found

    def write(self, vectors: Mapping[str, Vector]) -> None:
        """Write one shard of vectors [dims] by audio hash; raises StorageError when the disk does not take it."""
        audio = list(vectors)
        path = self.folder / f"shard-{value_hash(audio)[:16]}.safetensors"
        tensors = {_FEATURES: np.stack([vectors[key] for key in audio])}
        try:
            write_atomic(path, lambda part: save_file(tensors, part, {"audio": json.dumps(audio)}))
        except (OSError, SafetensorError) as error:
            raise StorageError(f"{path}: cannot write features: {error}; what is finished is kept") from error

    def matrix(self, audio: Sequence[str], dims: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        """The cached vectors of ``audio`` as a memory-mapped, read-only matrix, float32 [len(audio), dims]."""
        path = self.folder / f"matrix-{value_hash(list(audio))[:16]}.npy"
        if not path.is_file():
            places = self.places()
            _refuse_full_disk(path, 4 * len(audio) * dims)
            write_atomic(path, lambda part: _assemble(part, [places[key] for key in audio], dims))
        matrix: np.ndarray[Any, np.dtype[np.float32]] = np.load(path, mmap_mode="r")
        return matrix


def reading() -> str:
    """By what audio is decoded and resampled, as text."""
    return f"soundfile {version('soundfile')}, soxr {version('soxr')}"


def _assemble(path: Path, places: Sequence[Place], dims: int) -> None:
    rows: dict[Path, list[tuple[int, int]]] = defaultdict(list)
    for row, place in enumerate(places):
        rows[place.shard].append((row, place.row))
    matrix = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(len(places), dims))
    for shard, pairs in rows.items():
        to, origin = np.array(pairs).T
        with safe_open(shard, framework="np") as file:
            matrix[to] = file.get_tensor(_FEATURES)[origin]
    matrix.flush()


def _audio_of(shard: Path) -> list[str]:
    try:
        with safe_open(shard, framework="np") as file:
            audio: list[str] = json.loads(file.metadata()["audio"])
    except (SafetensorError, TypeError, KeyError, ValueError) as error:
        raise InputError(f"{shard}: damaged features ({error}); delete this file and run again") from error
    return audio


def _refuse_full_disk(path: Path, size: int) -> None:
    """Memory-mapped writing to a full disk would kill the process instead of raising an error."""
    if shutil.disk_usage(path.parent).free < size:
        raise StorageError(f"{path}: the disk is full: {size / 1e6:.1f} MB are needed; what is finished is kept")
