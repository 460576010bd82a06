"""Some utterances of a corpus into shards of features, in whatever process it is handed to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fedser.audio import read_audio
from fedser.errors import FedserError, InputError
from fedser.features.cache import FeatureCache
from fedser.features.content import Content
from fedser.features.extractor import Extractor, Frames, Signal, TextExtractor, Vector

_EDGE = 0.01  # seconds at either end where resampling bends a constant signal
_STEP = 1 / 32768  # the smallest difference that 16-bit audio can hold

SHARD_BYTES = 32 * 2**20
"""Features that are kept in memory before they are written, at most, but for those of the last batch."""


class Item(NamedTuple):
    """The path of an audio file or a text, and the hash of what it holds."""

    key: str
    content: Content


@dataclass(frozen=True)
class Task:
    """What is extracted in one go: ``batches`` of about one length each, which ``extract_batch`` wants together."""

    extractor: Extractor
    cache: FeatureCache
    batches: tuple[tuple[Item, ...], ...]
    dims: int

    @property
    def size(self) -> int:
        """How many utterances there are."""
        return sum(map(len, self.batches))


@dataclass(frozen=True)
class Outcome:
    """How many utterances a task had, and by the hash of their content why some gave no features."""

    size: int
    refused: dict[str, str]


def run_task(task: Task) -> Outcome:
    """Extract and write, a batch's signals in memory at a time; raises StorageError when it cannot be written."""
    refused: dict[str, str] = {}
    features: dict[str, Vector | Frames] = {}
    for batch in task.batches:
        for key, found, length in _extracted(task.extractor, batch, refused):
            flaw = _flaw(found, length, task)
            if flaw:
                refused[key] = flaw
            else:
                features[key] = found
        if sum(each.nbytes for each in features.values()) >= SHARD_BYTES:
            task.cache.write(features)
            features = {}
    if features:
        task.cache.write(features)
    return Outcome(task.size, refused)


def _extracted(
    extractor: Extractor, batch: Sequence[Item], refused: dict[str, str]
) -> Iterator[tuple[str, Vector | Frames, str]]:
    """By key: the features, and how long the input was, in words; those that cannot be read go to ``refused``."""
    if isinstance(extractor, TextExtractor):
        texts = [item.content for item in batch]
        lengths = [f"{len(text)} characters" for text in texts]
        yield from zip((item.key for item in batch), extractor.extract_batch(texts), lengths, strict=True)
        return
    rate = extractor.sample_rate
    signals = dict(_signals(batch, rate, refused))
    if signals:
        lengths = [f"{len(signal) / rate:.3f} s" for signal in signals.values()]
        yield from zip(signals, extractor.extract_batch(list(signals.values()), rate), lengths, strict=True)


def _signals(batch: Sequence[Item], sample_rate: int, refused: dict[str, str]) -> Iterator[tuple[str, Signal]]:
    for key, content in batch:
        try:
            signal = read_audio(Path(content), sample_rate)
        except InputError as error:
            refused[key] = str(error).removeprefix(f"{content}: ")
            continue
        if _is_silent(signal, sample_rate):
            refused[key] = "silent (no sample differs from the others)"
        else:
            yield key, signal


def _is_silent(signal: Signal, sample_rate: int) -> bool:
    edge = round(_EDGE * sample_rate)
    inner = signal[edge:-edge] if len(signal) > 3 * edge else signal
    return bool(np.ptp(inner) < _STEP)


def _flaw(features: Vector | Frames, length: str, task: Task) -> str:
    """Why an utterance's features cannot be used; empty where they can."""
    extractor, dims = task.extractor, task.dims
    shape: tuple[object, ...] = ("frames", dims) if extractor.framed else (dims,)
    if features.shape[-1:] != (dims,) or features.ndim != len(shape) or features.dtype != np.float32:
        given, promised = (str(shape).replace("'", "") for shape in (features.shape, shape))
        raise FedserError(f"{extractor.version()}: gave {features.dtype} {given} where float32 {promised} was promised")
    bad = ~np.isfinite(np.atleast_2d(features))
    if not bad.any() and len(bad):
        return ""
    if bad.all():
        return f"too short ({length})"
    names = np.array(extractor.names())[bad.any(axis=0)]
    return f"{len(names)} of {dims} features are not finite: {', '.join(names[:3])}"
