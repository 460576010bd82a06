"""Features on disk by the content that they describe: a changed file, or text, alone is extracted again.

They lie in shards, safetensors files ``<extractor>/shard-*.safetensors`` with the rows of some utterances one after the
other [rows, dims], how many are each's (one, but for frames), and the SHA-256 of each utterance's content. A shard is
named by what it holds and written whole or not at all, so that a killed extraction keeps what it had finished, and two
processes on one cache at worst do the same work twice.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open

from fedser.artifacts.files import value_hash, write_atomic
from fedser.artifacts.flat_file import save_file
from fedser.errors import FedserError, InputError
from fedser.features.extractor import FeatureExtractor, Frames, Vector

_LAYOUT = 2  # raise it when this project reads audio, or lays out a shard, in another way
_FEATURES = "features"
_COUNTS = "counts"


class Place(NamedTuple):
    """Where the features of an utterance lie: ``rows`` of a shard from ``first`` on."""

    shard: Path
    first: int
    rows: int


class StorageError(FedserError):
    """Features that could not be written."""

    exit_code = 1


@dataclass(frozen=True)
class FeatureCache:
    """The features of one extractor, below ``folder``."""

    folder: Path

    @classmethod
    def of(cls, root: Path, extractor: FeatureExtractor) -> "FeatureCache":
        """The cache below ``root`` whose folder is named by all that decides the extractor's numbers."""
        key = value_hash({"layout": _LAYOUT, "reading": reading(extractor), "version": extractor.version()})
        return cls(root / f"{extractor.name}-{key[:16]}")

    def places(self) -> dict[str, Place]:
        """Where the features of each content lie, by its hash; raises InputError for a damaged shard."""
        found: dict[str, Place] = {}
        for shard in sorted(self.folder.glob("shard-*.safetensors")):
            found |= _places_in(shard)
        return found

    def write(self, features: Mapping[str, Vector | Frames]) -> None:
        """Write one shard of vectors [dims], or of frames [frames, dims], by the hash of what they describe.

        Raises StorageError when the disk does not take it.
        """
        keys, frames = list(features), [np.atleast_2d(each) for each in features.values()]
        tensors = {_FEATURES: np.concatenate(frames), _COUNTS: np.array([len(each) for each in frames])}
        path = self.folder / f"shard-{value_hash(keys)[:16]}.safetensors"
        with storing(path):
            write_atomic(path, lambda part: save_file(tensors, part, {"keys": json.dumps(keys)}))


def reading(extractor: FeatureExtractor) -> str:
    """By what an utterance's content is read, as text: audio is decoded and resampled."""
    if extractor.wants == "text":
        return "text as it is"
    return f"soundfile {version('soundfile')}, soxr {version('soxr')}"


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Raise StorageError for ``path`` where the disk does not take what the block writes."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"{path}: cannot write features: {reason}; what is finished is kept") from error


def read_rows(shard: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    """All rows of a shard, float32 [rows, dims]."""
    with safe_open(shard, framework="np") as file:
        rows: np.ndarray[Any, np.dtype[np.float32]] = file.get_tensor(_FEATURES)
    return rows


def _places_in(shard: Path) -> dict[str, Place]:
    try:
        with safe_open(shard, framework="np") as file:
            keys: Sequence[str] = json.loads(file.metadata()["keys"])
            counts: list[int] = file.get_tensor(_COUNTS).tolist()
        ends = np.cumsum(counts).tolist()
        return {k: Place(shard, end - n, n) for k, n, end in zip(keys, counts, ends, strict=True)}
    except (SafetensorError, TypeError, KeyError, ValueError) as error:
        raise InputError(f"{shard}: damaged features ({error}); delete this file and run again") from error
