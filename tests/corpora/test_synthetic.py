"""The synthetic corpus on disk: repeatable, resumable, and with a gender that can be heard."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fedser.audio import read_audio
from fedser.corpora import Corpus, ReadContext
from fedser.corpora.synthesis import files
from fedser.corpora.synthetic import Synthetic


def contents(corpus: Corpus) -> list[bytes]:
    return [path.read_bytes() for path in corpus.paths]


def small(name: str = "a", **fields: object) -> Synthetic:
    return Synthetic.model_validate(
        {"corpus": name, "speakers": 3, "utterances_per_emotion": 1, "seconds": 0.6, **fields}
    )


def test_the_tables(context: ReadContext) -> None:
    corpus = small(utterances_per_emotion=2).read(context)
    assert corpus.speakers["speaker"].tolist() == ["001", "002", "003"]
    assert corpus.attributes == ("gender", "age")
    assert corpus.speakers["age"].between(20, 69).all()
    assert corpus.utterances["utterance"].tolist()[:3] == ["001-neutral-01", "001-neutral-02", "001-happy-01"]
    assert corpus.utterances.groupby(["speaker", "emotion"]).size().tolist() == [2] * 12


def test_the_sound(context: ReadContext) -> None:
    waves = [read_audio(path, 16000) for path in small(seconds=1.2).read(context).paths]
    seconds = [len(wave) / 16000 for wave in waves]
    assert 0.6 < min(seconds) < max(seconds) < 2.5
    assert np.mean(seconds) == pytest.approx(1.4, abs=0.25)
    assert all(0.02 < np.abs(wave).max() < 1.0 for wave in waves)


def test_any_number_of_processes_makes_the_same_audio(
    context: ReadContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_SMALLEST_TASK", 4)
    told: list[tuple[int, int]] = []
    two = replace(context, cache=tmp_path / "two", workers=2, progress=lambda done, total: told.append((done, total)))
    assert contents(small().read(two)) == contents(small().read(context))
    assert told == [(0, 12), (4, 12), (8, 12), (12, 12)]


def test_what_makes_a_corpus_another_one(context: ReadContext) -> None:
    others = [small("b"), small(seed=1), small(leakage=0.5), small(speakers=4)]
    first = contents(small().read(context))
    for other in others:
        audio = contents(other.read(context))
        assert audio[0] != first[0] or other.speakers == 4
    assert len({path.parent.parent for each in [small(), *others] for path in each.read(context).paths}) == 5


def test_more_utterances_keep_the_first_ones(context: ReadContext) -> None:
    few, many = small().read(context), small(utterances_per_emotion=2).read(context)
    again = many.only(many.utterances["utterance"].isin(few.utterances["utterance"]), "later")
    assert contents(again) == contents(few)


def test_what_is_there_is_not_made_again(context: ReadContext, monkeypatch: pytest.MonkeyPatch) -> None:
    before = small().read(context)
    monkeypatch.setattr("fedser.corpora.synthetic.record_all", lambda *arguments: pytest.fail("made again"))
    assert small().read(context).paths == before.paths


def test_a_half_written_corpus_is_finished(context: ReadContext) -> None:
    whole = small().read(context)
    audio, folder = contents(whole), whole.paths[0].parent.parent
    state = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(state | {"end": None}))
    for path in whole.paths[5:]:
        path.unlink()
    kept = [path.stat().st_mtime_ns for path in whole.paths[:5]]
    assert contents(small().read(context)) == audio
    assert [path.stat().st_mtime_ns for path in whole.paths[:5]] == kept
    assert json.loads((folder / "manifest.json").read_text())["end"] is not None
    assert not [path for path in folder.rglob("*") if path.suffix == ".part"]


def test_a_file_that_was_lost_is_made_again(context: ReadContext) -> None:
    whole = small().read(context)
    audio = contents(whole)
    whole.paths[7].unlink()
    assert contents(small().read(context)) == audio


def pitch(wave: np.ndarray) -> float:
    """The median pitch in Hz of the loud frames, by autocorrelation."""
    frames = np.lib.stride_tricks.sliding_window_view(wave, 1024)[::320]
    frames = frames[frames.std(axis=1) > 0.5 * frames.std(axis=1).max()]
    power = np.abs(np.fft.rfft(frames, 4096, axis=1)) ** 2
    lags = np.fft.irfft(power, axis=1)[:, 40:230] / (1024 - np.arange(40, 230))
    return 16000.0 / float(np.median(40 + lags.argmax(axis=1)))


@pytest.mark.parametrize("leakage", [1.0, 0.0])
def test_women_are_heard_to_be_higher_when_gender_leaks_alone(leakage: float, context: ReadContext) -> None:
    corpus = small(speakers=10, leakage=leakage, seconds=1.0).read(context)
    heard = {path: pitch(read_audio(path, 16000)) for path in corpus.paths}
    table = corpus.utterances.assign(pitch=[heard[path] for path in corpus.paths]).merge(corpus.speakers, on="speaker")
    means = table.groupby(["gender", "speaker"])["pitch"].mean()
    women, men = means["female"], means["male"]
    if leakage:
        assert women.min() > men.max()
        assert women.mean() / men.mean() == pytest.approx(1.7, abs=0.2)
    else:
        assert women.mean() / men.mean() == pytest.approx(1.0, abs=0.15)
