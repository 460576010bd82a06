"""The bench of feature extraction in little: all of its sides and ratios, and sides that do not agree."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fedser.corpora.corpus import Corpus
from fedser.features.opensmile import OpenSmile
from simulations.bench import features
from simulations.bench.features import DifferenceError, FeaturesBench
from simulations.bench.features_data import write_waves
from simulations.bench.features_run import Alone, Extraction, extract, library
from simulations.bench.results import Results
from simulations.progress import bars

TINY = FeaturesBench(utterances=10, seconds=0.3, alone=3, repetitions=1, many=(2, 4), many_seconds=0.1)
CASE = "10 of 0.3 s, emobase"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sides run in this process: what a process of its own costs is tested elsewhere."""

    def run(what: str, work: Callable[[Any], Any], task: Any, timeout: float) -> Any:
        return work(task)

    monkeypatch.setattr(features, "apart", run)


@pytest.fixture
def results(here: None) -> Results:
    with bars() as shown:
        return TINY.measure(shown)


def test_every_side_is_measured_and_held_against_the_others(results: Results) -> None:
    found = {(sample.side, sample.case, sample.quantity) for sample in results.samples}
    memory = {("one process", f"{n} of 0.1 s, IS09", what) for n in (2, 4) for what in ("peak memory", "own memory")}
    assert found == memory | {
        ("one process", CASE, "extraction"),
        ("one process", CASE, "utterance"),
        ("2 processes", CASE, "extraction"),
        ("openSMILE's C++", CASE, "utterance"),
        ("opensmile.Smile", CASE, "utterance"),
    }
    assert all(sample.value > 0 for sample in results.samples)
    assert [(r.above, r.below, r.quantity) for r in results.ratios] == [
        ("one process", "2 processes", "extraction"),
        ("one process", "openSMILE's C++", "utterance"),
        ("one process", "opensmile.Smile", "utterance"),
        ("4 of 0.1 s, IS09", "2 of 0.1 s, IS09", "peak memory"),
        ("4 of 0.1 s, IS09", "2 of 0.1 s, IS09", "own memory"),
    ]


def test_sides_that_differ_are_an_error(here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        features, "library", lambda job: library(Alone(job.extractor, _backwards(job.corpus), job.count))
    )
    with bars() as shown, pytest.raises(DifferenceError) as refusal:
        TINY.measure(shown)
    assert str(refusal.value) == "bench features, openSMILE's C++: other features than those of one process"
    assert refusal.value.exit_code == 1


def _backwards(corpus: Corpus) -> Corpus:
    paths = corpus.utterances["path"].to_numpy()[::-1]
    return replace(corpus, utterances=corpus.utterances.assign(path=paths))


def test_waves_differ_and_repeat_themselves(tmp_path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    a, b = (write_waves(tmp_path / name, 3, 0.2, seed=1).paths for name in ("a", "b"))
    contents = [path.read_bytes() for path in a]
    assert contents == [path.read_bytes() for path in b]
    assert len(set(contents)) == 3


def test_nothing_of_an_extraction_is_left(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "waves").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    cost = extract(Extraction(OpenSmile(feature_set="IS09"), write_waves(tmp_path / "waves", 2, 0.2, seed=1), 1))
    assert len(set(cost.rows)) == 2
    assert cost.peak_memory >= cost.own_memory > 0
    assert list((tmp_path / "tmp").iterdir()) == []
