"""Features that stay frames: each utterance has another number of them, and no more than some lie in memory."""

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pytest
import soundfile

from fedser.errors import FedserError, InputError
from fedser.features import FeatureSet, batch, extract_features
from fedser.features.cache import FeatureCache
from fedser.features.extractor import AudioExtractor, Pooling, pooled
from fedser.features.opensmile import OpenSmile


class Steps(AudioExtractor):
    """Loudness and length of each tenth of a second; batches of four."""

    source: ClassVar[str] = "a test"
    batch: ClassVar[int] = 4
    asked: ClassVar[list[list[int]]] = []

    name: Literal["steps"] = "steps"
    pooling: Pooling = "none"

    @property
    def label(self) -> str:
        return "steps"

    @property
    def sample_rate(self) -> int:
        return 8000

    def version(self) -> str:
        return f"steps 1 {self.pooling}"

    def names(self) -> tuple[str, ...]:
        return ("loudness", "length")

    def extract(self, signal, sample_rate):
        steps = np.split(signal, range(800, len(signal), 800))
        rows = [(np.abs(step).mean(), len(signal)) for step in steps if len(step) == 800]
        return pooled(np.array(rows, np.float32).reshape(-1, 2), self.pooling)

    def extract_batch(self, signals, sample_rate):
        self.asked.append([len(signal) for signal in signals])
        return super().extract_batch(signals, sample_rate)


@pytest.fixture
def corpus(tmp_path, make_corpus, make_voice):
    """Nine voices of 0.1 to 0.9 seconds, in no order of length."""
    paths = []
    for tenths in (3, 9, 1, 5, 2, 8, 4, 7, 6):
        paths.append(tmp_path / f"{tenths}.wav")
        soundfile.write(paths[-1], make_voice(tenths / 10, 100 + 10 * tenths, 8000), 8000)
    return make_corpus(paths)


@pytest.fixture(autouse=True)
def asked() -> list[list[int]]:
    """The lengths of the signals of each batch that was asked for."""
    Steps.asked.clear()
    return Steps.asked


def test_an_utterance_has_its_own_frames(tmp_path, corpus) -> None:
    features = extract_features(Steps(), corpus, tmp_path / "cache", 1, "error")
    assert features.framed
    assert features.rows.shape == (45, 2)
    for index, path in enumerate(corpus.paths):
        signal = soundfile.read(path, dtype="float32")[0]
        frames = features.frames(index)
        assert frames.shape == (int(path.stem), 2)
        np.testing.assert_array_equal(frames, Steps().extract(signal, 8000))


def test_frames_are_no_matrix(tmp_path, corpus) -> None:
    features = extract_features(Steps(), corpus, tmp_path / "cache", 1, "error")
    with pytest.raises(FedserError, match="features are frames, of which each utterance has another number, and not a"):
        _ = features.matrix


def test_means_are_a_matrix_of_their_own(tmp_path, corpus) -> None:
    frames = extract_features(Steps(), corpus, tmp_path / "cache", 1, "error")
    means = extract_features(Steps(pooling="mean"), corpus, tmp_path / "cache", 1, "error")
    assert not means.framed
    assert means.matrix.shape == (9, 2)
    np.testing.assert_allclose(means.matrix, [frames.frames(index).mean(axis=0) for index in range(9)], rtol=1e-6)
    np.testing.assert_array_equal(means.frames(3), means.matrix[3:4])


def test_a_second_run_gives_the_same_for_nothing(tmp_path, corpus, asked) -> None:
    first = extract_features(Steps(), corpus, tmp_path / "cache", 1, "error")
    count = len(asked)
    again = extract_features(Steps(), corpus, tmp_path / "cache", 1, "error")
    assert len(asked) == count
    assert again.rows.tobytes() == first.rows.tobytes()
    np.testing.assert_array_equal(again.offsets, first.offsets)


def test_more_processes_give_the_same_frames(tmp_path, corpus) -> None:
    extractor = OpenSmile(feature_set="IS09", level="LowLevelDescriptors", pooling="none")
    one, two = (extract_features(extractor, corpus, tmp_path / str(n), n, "error") for n in (1, 2))
    assert one.rows.tobytes() == two.rows.tobytes()
    np.testing.assert_array_equal(one.offsets, two.offsets)


def test_frames_are_memory_mapped(tmp_path, corpus) -> None:
    rows = extract_features(Steps(), corpus, tmp_path / "cache", 1, "error").rows
    assert isinstance(rows, np.memmap)
    assert not rows.flags.writeable


def test_too_short_for_a_frame_is_refused(tmp_path, corpus, make_corpus, make_voice) -> None:
    soundfile.write(tmp_path / "short.wav", make_voice(0.05, rate=8000), 8000)
    short = make_corpus([*corpus.paths, tmp_path / "short.wav"])
    with pytest.raises(InputError, match=r"short.wav: too short \(0.050 s\)"):
        extract_features(Steps(), short, tmp_path / "cache", 1, "error")
    kept = extract_features(Steps(), short, tmp_path / "cache", 1, "drop")
    assert (len(kept.utterances), kept.rows.shape) == (9, (45, 2))


def test_batches_are_of_about_one_length_the_longest_first(tmp_path, corpus, asked) -> None:
    extract_features(Steps(), corpus, tmp_path / "cache", 1, "error")
    assert asked == [[7200, 6400, 5600, 4800], [4000, 3200, 2400, 1600], [800]]


def test_a_batch_holds_no_more_than_memory_should(tmp_path, corpus, asked, monkeypatch) -> None:
    """Two of 0.9 s are more than 1.5 s; as if all were as long as the longest."""
    monkeypatch.setattr("fedser.features.plan._MOST", {"audio": 1.5})
    extract_features(Steps(), corpus, tmp_path / "cache", 1, "error")
    assert asked == [[7200], [6400], [5600, 4800], [4000, 3200, 2400], [1600, 800]]


def test_shards_are_bounded_in_bytes_too(tmp_path, corpus, monkeypatch) -> None:
    """Written as soon as there is enough, between batches: here 30 frames of eight bytes, then 14, then one."""
    monkeypatch.setattr(batch, "SHARD_BYTES", 100)
    extract_features(Steps(), corpus, tmp_path / "cache", 1, "error")
    places = FeatureCache.of(tmp_path / "cache", Steps()).places()
    shards: dict[Path, int] = {}
    for place in places.values():
        shards[place.shard] = shards.get(place.shard, 0) + place.rows
    assert sorted(shards.values()) == [1, 14, 30]


def test_an_extractor_that_breaks_its_promise_is_stopped(tmp_path, corpus, monkeypatch) -> None:
    monkeypatch.setattr(Steps, "framed", False)
    promise = r"steps 1 none: gave float32 \(9, 2\) where float32 \(2,\) was promised"
    with pytest.raises(FedserError, match=promise):
        extract_features(Steps(), corpus, tmp_path / "cache", 1, "error")


@pytest.mark.parametrize(
    ("offsets", "message"),
    [
        (None, r"feature rows \(3, 2\) float32 do not fit 2 utterances of 2 float32 features"),
        ([0, 1, 2], r"feature rows \(3, 2\) float32 do not fit 2 utterances"),
        ([0, 3], "2 offsets do not fit 2 utterances"),
    ],
)
def test_rows_that_do_not_fit_are_no_feature_set(offsets: list[int] | None, message: str) -> None:
    rows = np.zeros((3, 2), np.float32)
    with pytest.raises(FedserError, match=message):
        FeatureSet(rows, ("a", "b"), ("x", "y"), {}, {}, None if offsets is None else np.array(offsets))
