"""What the sides of the bench ``features`` do, each in a process of its own: our pipeline, and openSMILE alone."""

import hashlib
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from fedser.audio import read_audio
from fedser.corpora.corpus import Corpus
from fedser.features.extract import extract_features
from fedser.features.opensmile import OpenSmile
from fedser.features.smile import run, to_pcm
from simulations.bench.memory import own, peak

Matrix = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Extraction:
    """``corpus`` through the whole pipeline, from files to a memory-mapped matrix, in ``workers`` processes."""

    extractor: OpenSmile
    corpus: Corpus
    workers: int


@dataclass(frozen=True)
class Alone:
    """The first ``count`` utterances of ``corpus`` through openSMILE, without reading them or keeping what it gives."""

    extractor: OpenSmile
    corpus: Corpus
    count: int


@dataclass(frozen=True)
class Cost:
    """Seconds that passed, and of a core in this process; bytes of memory as the pipeline went on; a hash per row."""

    wall: float
    cpu: float
    peak_memory: int
    own_memory: int
    rows: tuple[str, ...]


def extract(job: Extraction) -> Cost:
    """Into an empty cache, which is removed."""
    job.extractor.names()  # loads openSMILE
    memory = [own()]
    with tempfile.TemporaryDirectory() as folder:
        wall, cpu = perf_counter(), process_time()
        found = extract_features(
            job.extractor, job.corpus, Path(folder), job.workers, "error", lambda *_: memory.append(own())
        )
        wall, cpu = perf_counter() - wall, process_time() - cpu
        return Cost(wall, cpu, peak(), max(memory), _hashes(found.matrix))


def library(job: Alone) -> Cost:
    """Its C library as it is called for one utterance: set up, given the samples, run, freed."""
    name, level, rate = job.extractor.feature_set, job.extractor.level, job.extractor.sample_rate
    return _timed(job, to_pcm, partial(run, feature_set=name, level=level, sample_rate=rate))


def package(job: Alone) -> Cost:
    """Its Python package, as users call it."""
    import opensmile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of superseded sets
        smile = opensmile.Smile(opensmile.FeatureSet[job.extractor.feature_set])
    return _timed(job, lambda signal: signal, lambda signal: smile(signal, job.extractor.sample_rate))


def _timed(job: Alone, prepare: Callable[[Any], Any], work: Callable[[Any], Matrix]) -> Cost:
    paths = job.corpus.paths[: job.count]
    inputs = [prepare(read_audio(path, job.extractor.sample_rate)) for path in paths]
    work(inputs[0])
    wall, cpu = perf_counter(), process_time()
    found = [work(each) for each in inputs]
    wall, cpu = perf_counter() - wall, process_time() - cpu
    return Cost(wall, cpu, peak(), own(), _hashes(found))


def _hashes(rows: Sequence[Matrix] | Matrix) -> tuple[str, ...]:
    return tuple(hashlib.sha256(np.asarray(row, np.float32).tobytes()).hexdigest()[:16] for row in rows)
