"""Extraction of a corpus: what is cached, what is done again, what is refused, and in which order rows stand."""

import errno
import os
import shutil
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pytest
import soundfile

from fedser.errors import FedserError, InputError
from fedser.features import extract_features
from fedser.features.cache import FeatureCache, StorageError
from fedser.features.extractor import AudioExtractor
from fedser.features.opensmile import OpenSmile


class Toy(AudioExtractor):
    """Loudness and length of a signal, and a list of what was asked for."""

    source: ClassVar[str] = "a test"
    asked: ClassVar[list[int]] = []

    name: Literal["toy"] = "toy"
    gain: float = 1.0
    fails_at: int = 0

    @property
    def label(self) -> str:
        return "toy"

    @property
    def sample_rate(self) -> int:
        return 16000

    def version(self) -> str:
        return f"toy 1 gain {self.gain}"

    def names(self) -> tuple[str, ...]:
        return ("loudness", "length", "tenths")

    def extract(self, signal, sample_rate):
        self.asked.append(len(signal))
        if len(self.asked) == self.fails_at:
            raise RuntimeError("the machine fell over")
        tenths = np.nan if len(signal) == 1600 else 10.0
        loudness = np.nan if len(signal) < 1000 else self.gain * np.abs(signal).mean()
        length = np.nan if len(signal) < 1000 else len(signal)
        return np.array([loudness, length, np.nan if len(signal) < 1000 else tenths], np.float32)


@pytest.fixture(autouse=True)
def asked() -> list[int]:
    """How long the signals were that Toy has been asked to describe."""
    Toy.asked.clear()
    return Toy.asked


def loudness(path: Path) -> np.float32:
    return np.abs(soundfile.read(path, dtype="float32")[0]).mean()


def test_rows_stand_in_the_order_of_the_corpus(tmp_path, voices, make_corpus) -> None:
    paths = voices(12)[::-1]
    features = extract_features(Toy(), make_corpus(paths), tmp_path / "cache", 1, "error")
    assert features.utterances == tuple(path.stem for path in paths)
    assert features.names == ("loudness", "length", "tenths")
    np.testing.assert_array_equal(features.matrix[:, 0], [loudness(path) for path in paths])
    assert features.provenance["extractor"] == "toy 1 gain 1.0"
    assert features.dropped == {}


def test_the_matrix_is_memory_mapped_and_cannot_be_written(tmp_path, voices, make_corpus) -> None:
    matrix = extract_features(Toy(), make_corpus(voices(2)), tmp_path / "cache", 1, "error").matrix
    assert isinstance(matrix, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        matrix[0, 0] = 1


def test_what_is_cached_is_not_extracted_again(tmp_path, voices, make_corpus, asked) -> None:
    corpus, seen = make_corpus(voices(10)), []
    first = extract_features(Toy(), corpus, tmp_path / "cache", 1, "error", lambda *at: seen.append(at))
    assert (len(asked), seen) == (10, [(0, 10), (8, 10), (10, 10)])
    again = extract_features(Toy(), corpus, tmp_path / "cache", 3, "error", lambda *at: seen.append(at))
    assert (len(asked), seen[3:]) == (10, [(10, 10)])
    assert again.matrix.tobytes() == first.matrix.tobytes()
    assert again.provenance == first.provenance


def test_a_changed_file_alone_is_extracted_again(tmp_path, voices, make_corpus, make_voice, asked) -> None:
    paths = voices(10)
    before = extract_features(Toy(), make_corpus(paths), tmp_path / "cache", 1, "error")
    soundfile.write(paths[4], make_voice(0.3), 16000)
    after = extract_features(Toy(), make_corpus(paths), tmp_path / "cache", 1, "error")
    assert asked[10:] == [4800]
    assert np.flatnonzero((before.matrix != after.matrix).any(axis=1)).tolist() == [4]
    assert before.provenance["audio"] != after.provenance["audio"]


def test_content_counts_and_not_the_name_of_a_file(tmp_path, voices, make_corpus, asked) -> None:
    paths = voices(3)
    copy = Path(shutil.copy(paths[1], tmp_path / "copy.wav"))
    features = extract_features(Toy(), make_corpus([*paths, copy]), tmp_path / "cache", 1, "error")
    assert len(asked) == 3
    assert features.matrix[1].tobytes() == features.matrix[3].tobytes()


def test_another_setting_has_features_of_its_own(tmp_path, voices, make_corpus) -> None:
    corpus = make_corpus(voices(2))
    plain, loud = (extract_features(Toy(gain=g), corpus, tmp_path / "cache", 1, "error") for g in (1.0, 2.0))
    np.testing.assert_array_equal(loud.matrix[:, 0], 2 * plain.matrix[:, 0])


def test_an_end_in_between_keeps_what_was_finished(tmp_path, voices, make_corpus, asked) -> None:
    corpus = make_corpus(voices(20))
    with pytest.raises(RuntimeError, match="fell over"):
        extract_features(Toy(fails_at=18), corpus, tmp_path / "cache", 1, "error")
    features = extract_features(Toy(), corpus, tmp_path / "cache", 1, "error")
    assert len(asked) == 18 + 20 - 10  # of tasks of ten, eight and two the first was finished
    assert len(features.utterances) == 20


@pytest.fixture
def bad_files(tmp_path, make_voice) -> dict[Path, str]:
    """One bad file of each kind, and why it is refused."""
    folder = tmp_path / "bad"
    folder.mkdir()
    waves = {
        "silent.wav": np.zeros(8000, np.float32),
        "constant.wav": np.full(8000, 0.25, np.float32),
        "short.wav": make_voice(0.02),
        "partly.wav": make_voice(0.1),
    }
    for name, wave in waves.items():
        soundfile.write(folder / name, wave, 16000)
    soundfile.write(folder / "offset.wav", np.full(24000, 0.25, np.float32), 48000)
    soundfile.write(folder / "no-number.wav", np.full(8000, np.nan, np.float32), 16000, subtype="FLOAT")
    (folder / "text.wav").write_text("not audio at all", encoding="utf-8")
    (folder / "pointer.wav").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", encoding="utf-8")
    silent = "silent (no sample differs from the others)"
    return {
        folder / "silent.wav": silent,
        folder / "constant.wav": silent,
        folder / "offset.wav": silent,
        folder / "short.wav": "too short (0.020 s)",
        folder / "partly.wav": "1 of 3 features are not finite: tenths",
        folder / "no-number.wav": "samples that are not finite numbers",
        folder / "text.wav": "not readable as audio (Format not recognised)",
        folder / "pointer.wav": "a git-lfs pointer, not audio; run `git lfs pull` in its repository",
        folder / "missing.wav": "cannot be opened (No such file or directory)",
    }


def test_all_bad_audio_is_refused_in_one_message(tmp_path, voices, make_corpus, bad_files) -> None:
    good = voices(3)
    with pytest.raises(InputError) as refusal:
        extract_features(Toy(), make_corpus([*good[:2], *bad_files, good[2]]), tmp_path / "cache", 1, "error")
    assert str(refusal.value).splitlines() == [
        "corpus toy: 9 of 12 audio files cannot be used; mend them, or leave them out with features.on_bad_input: drop",
        *(f"{path}: {reason}" for path, reason in bad_files.items()),
    ]


def test_bad_audio_is_dropped_and_recorded_on_request(tmp_path, voices, make_corpus, bad_files) -> None:
    good = voices(3)
    corpus = make_corpus([*good[:2], *bad_files, good[2]])
    features = extract_features(Toy(), corpus, tmp_path / "cache", 1, "drop")
    assert features.utterances == tuple(path.stem for path in good)
    assert features.dropped == {path.stem: reason for path, reason in bad_files.items()}
    np.testing.assert_array_equal(features.matrix[:, 0], [loudness(path) for path in good])
    kept = corpus.only(features.keep(corpus.utterances), "no features")
    assert tuple(kept.utterances["utterance"]) == features.utterances


def test_dropping_everything_is_refused(tmp_path, make_corpus, bad_files) -> None:
    with pytest.raises(InputError) as refusal:
        extract_features(Toy(), make_corpus(list(bad_files)), tmp_path / "cache", 1, "drop")
    assert str(refusal.value).splitlines()[0] == "corpus toy: 9 of 9 audio files cannot be used"


def test_a_mended_file_is_taken(tmp_path, voices, make_corpus, make_voice, bad_files) -> None:
    corpus = make_corpus([*voices(2), next(iter(bad_files))])
    assert len(extract_features(Toy(), corpus, tmp_path / "cache", 1, "drop").utterances) == 2
    soundfile.write(next(iter(bad_files)), make_voice(0.2), 16000)
    assert len(extract_features(Toy(), corpus, tmp_path / "cache", 1, "drop").utterances) == 3


def test_every_kind_of_file_gives_the_same_features(tmp_path, make_corpus, make_voice) -> None:
    mono = make_voice(0.5, rate=16000)
    kinds = {"a.wav": (mono, 16000), "b.flac": (mono, 16000), "c.wav": (np.stack([mono, mono], axis=1), 16000)}
    kinds["d.flac"] = (np.stack([make_voice(0.5, rate=48000)] * 2, axis=1), 48000)
    for name, (wave, rate) in kinds.items():
        soundfile.write(tmp_path / name, wave, rate)
    corpus = make_corpus([tmp_path / name for name in kinds])
    features = extract_features(OpenSmile(), corpus, tmp_path / "cache", 1, "error")
    assert features.matrix.shape == (4, 988)
    assert np.array_equal(features.matrix[0], features.matrix[1])
    assert np.array_equal(features.matrix[0], features.matrix[2])
    pitch = features.matrix[:, features.names.index("F0_sma_amean")]
    np.testing.assert_allclose(pitch, pitch[0], rtol=0.01)


def test_a_damaged_shard_is_refused_by_name(tmp_path, voices, make_corpus) -> None:
    corpus = make_corpus(voices(2))
    extract_features(Toy(), corpus, tmp_path / "cache", 1, "error")
    shard = next((tmp_path / "cache").rglob("shard-*"))
    shard.write_bytes(shard.read_bytes()[:40])
    with pytest.raises(InputError, match=r"shard-.*: damaged features \(.*\); delete this file and run again"):
        extract_features(Toy(), corpus, tmp_path / "cache", 1, "error")


def test_a_full_disk_is_named_and_costs_no_features(tmp_path, voices, make_corpus, monkeypatch, asked) -> None:
    corpus, allocate = make_corpus(voices(2)), os.posix_fallocate

    def full(file: int, start: int, size: int) -> None:
        if size == full_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        allocate(file, start, size)

    full_at = 128 + 2 * 3 * 4  # the header of an array and its numbers
    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        with pytest.raises(StorageError, match=r"rows-.*: cannot write features: No space left on device; what is fin"):
            extract_features(Toy(), corpus, tmp_path / "cache", 1, "error")
    extract_features(Toy(), corpus, tmp_path / "cache", 1, "error")
    assert len(asked) == 2


def test_a_shard_that_cannot_be_written_is_an_error(tmp_path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    with pytest.raises(StorageError, match=r"shard-.*: cannot write features: .*; what is finished is kept"):
        FeatureCache.of(blocked, Toy()).write({"0" * 64: np.zeros(3, np.float32)})


def test_an_extractor_that_breaks_its_promise_is_stopped(tmp_path, voices, make_corpus, monkeypatch) -> None:
    monkeypatch.setattr(Toy, "names", lambda self: ("loudness",))
    with pytest.raises(FedserError, match=r"toy 1 gain 1.0: gave float32 \(3,\) where float32 \(1,\) was promised"):
        extract_features(Toy(), make_corpus(voices(1)), tmp_path / "cache", 1, "error")
