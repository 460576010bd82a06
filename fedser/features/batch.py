"""One batch of audio files into one shard of features, in whatever process it is handed to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fedser.corpora.audio import read_audio
from fedser.errors import FedserError, InputError
from fedser.features.cache import FeatureCache
from fedser.features.extractor import AudioExtractor, Signal, Vector

_EDGE = 0.01  # seconds at either end where resampling bends a constant signal
_STEP = 1 / 32768  # the smallest difference that 16-bit audio can hold


@dataclass(frozen=True)
class Batch:
    """Audio files (content hash to path) to be extracted into one shard of ``cache``."""

    extractor: AudioExtractor
    cache: FeatureCache
    files: dict[str, Path]
    dims: int


@dataclass(frozen=True)
class Outcome:
    """How many files a batch had, and by content hash why some gave no features."""

    files: int
    refused: dict[str, str]


def extract_batch(batch: Batch) -> Outcome:
    """Extract and write one shard; raises StorageError when it cannot be written."""
    refused: dict[str, str] = {}
    vectors: dict[str, Vector] = {}
    files = list(batch.files.items())
    for start in range(0, len(files), batch.extractor.batch):
        signals = dict(_signals(files[start : start + batch.extractor.batch], batch.extractor.sample_rate, refused))
        for audio, vector in _vectors(batch.extractor, signals).items():
            reason = _bad_vector(vector, batch, signals[audio])
            if reason:
                refused[audio] = reason
            else:
                vectors[audio] = vector
    if vectors:
        batch.cache.write(vectors)
    return Outcome(len(files), refused)


def _signals(
    files: Sequence[tuple[str, Path]], sample_rate: int, refused: dict[str, str]
) -> Iterator[tuple[str, Signal]]:
    for audio, path in files:
        try:
            signal = read_audio(path, sample_rate)
        except InputError as error:
            refused[audio] = str(error).removeprefix(f"{path}: ")
            continue
        if _is_silent(signal, sample_rate):
            refused[audio] = "silent (no sample differs from the others)"
        else:
            yield audio, signal


def _is_silent(signal: Signal, sample_rate: int) -> bool:
    edge = round(_EDGE * sample_rate)
    inner = signal[edge:-edge] if len(signal) > 3 * edge else signal
    return bool(np.ptp(inner) < _STEP)


def _vectors(extractor: AudioExtractor, signals: dict[str, Signal]) -> dict[str, Vector]:
    if not signals:
        return {}
    vectors = extractor.extract_batch(list(signals.values()), extractor.sample_rate)
    return dict(zip(signals, vectors, strict=True))


def _bad_vector(vector: Vector, batch: Batch, signal: Signal) -> str | None:
    if vector.shape != (batch.dims,) or vector.dtype != np.float32:
        given = f"{vector.dtype} {vector.shape}"
        raise FedserError(f"{batch.extractor.version()}: gave {given} where float32 ({batch.dims},) was promised")
    bad = ~np.isfinite(vector)
    if not bad.any():
        return None
    seconds = len(signal) / batch.extractor.sample_rate
    if bad.all():
        return f"too short ({seconds:.3f} s)"
    names = np.array(batch.extractor.names())[bad]
    return f"{len(names)} of {batch.dims} features are not finite: {', '.join(names[:3])}"
