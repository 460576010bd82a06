"""The features of a corpus: extracted in parallel, once for each content of an utterance, and memory-mapped."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fedser.artifacts.files import value_hash
from fedser.errors import InputError, Problems
from fedser.features.assembly import assemble
from fedser.features.batch import Outcome, run_task
from fedser.features.cache import FeatureCache, reading
from fedser.features.content import Content, contents_of, lack
from fedser.features.extractor import Extractor, OnBadInput
from fedser.features.feature_set import FeatureSet
from fedser.features.plan import plan
from fedser.pool import run_all

if TYPE_CHECKING:  # a worker process has no corpus, and starts without pandas
    from fedser.corpora.corpus import Corpus

Progress = Callable[[int, int], None]
"""Called with (done, total): audio files, or texts."""


def extract_features(
    extractor: Extractor,
    corpus: "Corpus",
    cache: Path,
    workers: int,
    on_bad_input: OnBadInput,
    progress: Progress = lambda done, total: None,
) -> FeatureSet:
    """The features of every utterance of ``corpus``, in its order; what is in ``cache`` is not extracted again.

    The numbers do not depend on ``workers`` (processes), nor, but for rounding, on what is extracted beside: a changed
    file is extracted alone. Audio that gives no features (unreadable, silent, too short), and a text that is not there,
    is dropped and recorded, or, all in one message, an InputError; so is a corpus without any of what the extractor
    wants. Raises WorkerError when a worker dies and StorageError on a full disk; what was finished before any end is
    found again by the next call.
    """
    if lacking := lack(corpus, extractor.wants):
        raise InputError(f"corpus {corpus.name}: {lacking}, which features {extractor.name} wants")
    contents, store = contents_of(corpus, extractor.wants, cache, workers), FeatureCache.of(cache, extractor)
    refused = _extract_missing(extractor, store, contents.given, workers, progress)
    dropped = contents.failed | {u: refused[key] for u, key in contents.keys.items() if key in refused}
    kept = [utterance for utterance in contents.keys if utterance not in dropped]
    if dropped and (on_bad_input == "error" or not kept):
        _refuse(corpus, extractor, dropped)
    names, keys = extractor.names(), [contents.keys[utterance] for utterance in kept]
    provenance = {"extractor": extractor.version(), "reading": reading(extractor), extractor.wants: value_hash(keys)}
    rows, offsets = assemble(store, keys, len(names))
    return FeatureSet(rows, tuple(kept), names, provenance, dropped, offsets if extractor.framed else None)


def _extract_missing(
    extractor: Extractor, store: FeatureCache, given: Mapping[str, Content], workers: int, progress: Progress
) -> dict[str, str]:
    """Extract what the cache lacks of the contents ``given`` by hash; by hash, why some gave no features."""
    places = store.places()
    missing = {key: content for key, content in given.items() if key not in places}
    done, refused = len(given) - len(missing), dict[str, str]()
    progress(done, len(given))

    def finished(outcome: Outcome) -> None:
        nonlocal done
        done += outcome.size
        refused.update(outcome.refused)
        progress(done, len(given))

    if missing:
        processes = extractor.processes(workers)
        run_all(run_task, plan(extractor, store, missing, processes), processes, finished)
    return refused


def _refuse(corpus: "Corpus", extractor: Extractor, dropped: Mapping[str, str]) -> None:
    """Raise InputError with all that gave no features, in the order of the corpus: files by path, texts by id."""
    problems = Problems()
    utterances = corpus.utterances["utterance"].astype(str)
    audio = extractor.wants == "audio"
    for utterance, path in zip(utterances, corpus.paths if audio else utterances, strict=True):
        if utterance in dropped:
            problems.add(path if audio else f"corpus {corpus.name}: {utterance}", dropped[utterance])
    kind = "audio files" if audio else "texts"
    title = f"corpus {corpus.name}: {len(dropped)} of {len(utterances)} {kind} cannot be used"
    fix = "; mend them, or leave them out with features.on_bad_input: drop" if len(dropped) < len(utterances) else ""
    problems.raise_if_any(InputError, title + fix)
