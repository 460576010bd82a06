"""The features of a corpus: extracted in parallel, once for each content of an audio file, and memory-mapped."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fedser.artifacts.files import file_hash, value_hash
from fedser.corpora.corpus import Corpus
from fedser.errors import InputError, Problems
from fedser.features.batch import Batch, Outcome, extract_batch
from fedser.features.cache import FeatureCache, reading
from fedser.features.extractor import AudioExtractor, OnBadInput
from fedser.features.feature_set import FeatureSet
from fedser.pool import run_all

_SMALLEST, _LARGEST = 8, 64
"""Utterances of a shard: enough to be worth a file, few enough that an end in between costs seconds."""

Progress = Callable[[int, int], None]
"""Called with (done, total) audio files."""


def extract_features(
    extractor: AudioExtractor,
    corpus: Corpus,
    cache: Path,
    workers: int,
    on_bad_input: OnBadInput,
    progress: Progress = lambda done, total: None,
) -> FeatureSet:
    """The features of every utterance of ``corpus``, in its order; what is in ``cache`` is not extracted again.

    The numbers do not depend on ``workers`` (processes). Audio that gives no features (unreadable, silent, too short)
    is dropped and recorded, or, all files in one message, an InputError. Raises WorkerError when a worker dies and
    StorageError on a full disk; what was finished before any end is found again by the next call.
    """
    paths = dict(zip(corpus.utterances["utterance"].astype(str), corpus.paths, strict=True))
    audio, dropped = _content(paths, workers)
    store = FeatureCache.of(cache, extractor)
    refused = _extract_missing(extractor, store, {audio[u]: paths[u] for u in audio}, workers, progress)
    dropped |= {utterance: refused[key] for utterance, key in audio.items() if key in refused}
    kept = [utterance for utterance in paths if utterance not in dropped]
    if dropped and (on_bad_input == "error" or not kept):
        _refuse(corpus.name, paths, dropped)
    names, hashes = extractor.names(), [audio[utterance] for utterance in kept]
    provenance = {"extractor": extractor.version(), "reading": reading(), "audio": value_hash(hashes)}
    return FeatureSet(store.matrix(hashes, len(names)), tuple(kept), names, provenance, dropped)


def _content(paths: Mapping[str, Path], workers: int) -> tuple[dict[str, str], dict[str, str]]:
    """By utterance: the SHA-256 of its file, and where it cannot be opened the reason."""
    with ThreadPoolExecutor(workers) as threads:
        hashes = dict(zip(paths, threads.map(_hash, paths.values()), strict=True))
    opened = {utterance: value for utterance, value in hashes.items() if isinstance(value, str)}
    failed = {
        utterance: f"cannot be opened ({e.strerror})" for utterance, e in hashes.items() if isinstance(e, OSError)
    }
    return opened, failed


def _hash(path: Path) -> str | OSError:
    try:
        return file_hash(path)
    except OSError as error:
        return error


def _extract_missing(
    extractor: AudioExtractor, store: FeatureCache, files: Mapping[str, Path], workers: int, progress: Progress
) -> dict[str, str]:
    """Extract what the cache lacks of ``files`` (content hash to path); by hash, why some gave no features."""
    places = store.places()
    missing = [(audio, path) for audio, path in files.items() if audio not in places]
    done, refused = len(files) - len(missing), dict[str, str]()
    progress(done, len(files))

    def finished(outcome: Outcome) -> None:
        nonlocal done
        done += outcome.files
        refused.update(outcome.refused)
        progress(done, len(files))

    if missing:
        processes, dims = extractor.processes(workers), len(extractor.names())
        size = max(_SMALLEST, min(_LARGEST, -(-len(missing) // (2 * processes))))
        parts = (missing[start : start + size] for start in range(0, len(missing), size))
        run_all(extract_batch, [Batch(extractor, store, dict(part), dims) for part in parts], processes, finished)
    return refused


def _refuse(name: str, paths: Mapping[str, Path], dropped: Mapping[str, str]) -> None:
    """Raise InputError with every file that gave no features, in the order of the corpus."""
    problems = Problems()
    for utterance in paths:
        if utterance in dropped:
            problems.add(paths[utterance], dropped[utterance])
    title = f"corpus {name}: {len(dropped)} of {len(paths)} audio files cannot be used"
    fix = "; mend them, or leave them out with features.on_bad_input: drop" if len(dropped) < len(paths) else ""
    problems.raise_if_any(InputError, title + fix)
