"""The parts of a synthetic voice: source, tract, acting, recording."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedser.corpora.synthesis.acting import EMOTIONS, draw_expression, draw_style
from fedser.corpora.synthesis.cast import GENERATOR, Cast
from fedser.corpora.synthesis.glottis import pulses
from fedser.corpora.synthesis.recording import Recording, record
from fedser.corpora.synthesis.speech import draw_sentence, score
from fedser.corpora.synthesis.tract import envelope, filter_frames
from fedser.corpora.synthesis.voice import draw_voice
from fedser.seeds import Stream

STREAM = Stream(3)("test")


@settings(max_examples=40)
@given(st.floats(80.0, 300.0), st.floats(0.4, 0.8))
def test_a_glottis_closes_once_in_each_period(pitch: float, open_quotient: float) -> None:
    flow, opened = pulses(STREAM, np.full(16000, pitch), open_quotient, 0.0, 0.0, 16000)
    closures = np.count_nonzero(np.diff(opened) < 0)
    assert closures == pytest.approx(pitch, abs=1.01)
    assert opened.mean() == pytest.approx(open_quotient, abs=0.02)
    assert flow[opened == 0.0] == pytest.approx(0.0)
    assert -1.0 <= flow.min() < -0.8


def test_jitter_and_shimmer_make_periods_differ() -> None:
    def periods(jitter: float, shimmer: float) -> tuple[float, float]:
        flow, opened = pulses(STREAM, np.full(32000, 100.0), 0.6, jitter, shimmer, 16000)
        starts = np.flatnonzero(np.diff(opened) > 0)
        depths = [flow[a:b].min() for a, b in pairwise(starts)]
        return np.diff(starts).std() / 160.0, float(np.std(depths))

    steady, rough = periods(0.0, 0.0), periods(0.03, 0.1)
    assert steady[0] < 0.005 < 0.02 < rough[0]
    assert steady[1] < 0.02 < 0.06 < rough[1]


def test_a_tract_resonates_at_its_formants() -> None:
    frequencies = np.linspace(0.0, 8000.0, 2049)
    gains = envelope(np.array([[500.0, 1500.0, 2500.0]]), 1.0, 0.0, frequencies)[0]
    peaks = frequencies[1:-1][(gains[1:-1] > gains[:-2]) & (gains[1:-1] > gains[2:])]
    assert peaks[:3] == pytest.approx([500.0, 1500.0, 2500.0], abs=15.0)
    tilted = envelope(np.array([[500.0, 1500.0, 2500.0]]), 1.0, -6.0, frequencies)[0]
    at = np.searchsorted(frequencies, [400.0, 1000.0, 4000.0])
    assert 20.0 * np.log10(tilted[at] / gains[at]) == pytest.approx([0.0, -6.0, -18.0], abs=0.1)


def test_frames_without_a_tract_give_the_source_back() -> None:
    source = np.random.default_rng(0).normal(size=3200).astype(np.float32)
    wave = filter_frames(source, np.ones((20, 513), np.float32), 160)
    assert wave.shape == source.shape
    assert wave[160:-160] == pytest.approx(source[160:-160], abs=1e-5)
    assert filter_frames(source, np.full((20, 513), 2.0, np.float32), 160) == pytest.approx(2.0 * wave, abs=1e-5)


def test_a_faster_rate_makes_a_sentence_shorter_and_melody_moves_the_pitch() -> None:
    sentence = draw_sentence(STREAM, 1.2)
    slow, fast = score(STREAM, sentence, 0.8, 2.0), score(STREAM, sentence, 1.2, 2.0)
    assert len(slow.voiced) / len(fast.voiced) == pytest.approx(1.5, rel=0.1)
    lively = score(STREAM, sentence, 0.8, 6.0)
    assert lively.semitones == pytest.approx(3.0 * slow.semitones)


@given(st.integers(0, 10_000))
def test_at_leakage_0_gender_has_no_part_in_a_voice(number: int) -> None:
    stream = STREAM("voice", number)
    assert draw_voice(stream, "female", 0.0) == draw_voice(stream, "male", 0.0)


def test_at_leakage_1_voices_differ_as_men_and_women_do() -> None:
    voices = {
        gender: [draw_voice(STREAM("voice", number), gender, 1.0) for number in range(200)]
        for gender in ("female", "male")
    }
    pitch = {gender: np.median([voice.pitch for voice in each]) for gender, each in voices.items()}
    tract = {gender: np.median([voice.tract for voice in each]) for gender, each in voices.items()}
    assert pitch["female"] == pytest.approx(206.0, rel=0.05)
    assert pitch["male"] == pytest.approx(120.0, rel=0.05)
    assert tract["female"] / tract["male"] == pytest.approx(1.17, rel=0.02)


def test_emotions_are_told_by_their_means() -> None:
    style = draw_style(STREAM("style"))
    mean = {
        emotion: np.mean([draw_expression(STREAM(emotion, i), emotion, style, 1.0) for i in range(300)], axis=0)
        for emotion in EMOTIONS
    }
    assert mean["neutral"] == pytest.approx(np.zeros(8), abs=0.5)
    pitch, energy = {e: m[0] for e, m in mean.items()}, {e: m[3] for e, m in mean.items()}
    assert pitch["sad"] < pitch["neutral"] < min(pitch["happy"], pitch["angry"])
    assert energy["sad"] < energy["neutral"] < energy["happy"] < energy["angry"]


def test_a_recording_clips_instead_of_wrapping() -> None:
    identity = np.zeros(33, np.float32)
    identity[16] = 1.0
    loud = record(STREAM, np.array([0.0, 0.5, 5.0, -5.0] * 20, np.float32), Recording(identity, 1.0, 0.0))
    assert loud.dtype == np.int16
    assert loud[:4].tolist() == [0, 16384, 32767, -32767]


class Swapped(Cast):
    """A cast whose genders are exchanged."""

    @property
    def genders(self) -> tuple[str, ...]:
        return tuple("male" if gender == "female" else "female" for gender in super().genders)


@pytest.mark.parametrize("leakage", [0.0, 0.01])
def test_at_leakage_0_and_there_alone_the_sound_is_free_of_gender(leakage: float) -> None:
    cast, swapped = (kind(STREAM, 4, 1, 0.6, leakage) for kind in (Cast, Swapped))
    assert all(a != b for a, b in zip(cast.genders, swapped.genders, strict=True))
    same = [
        np.array_equal(cast.perform(line), swapped.perform(line))
        for speaker in range(4)
        for line in cast.lines(speaker)
    ]
    assert all(same) if leakage == 0.0 else not any(same)


@given(st.integers(0, 1000), st.integers(2, 41))
def test_genders_are_balanced(seed: int, speakers: int) -> None:
    genders = Cast(Stream(seed), speakers, 1, 1.0, 1.0).genders
    assert abs(genders.count("female") - genders.count("male")) == speakers % 2


def test_the_sound_of_this_version_of_the_generator() -> None:
    """When this changes on purpose, raise GENERATOR, or old audio in users' caches is taken for new."""
    cast = Cast(Stream(7)("golden"), 2, 1, 0.6, 1.0)
    heard = {line.emotion: cast.perform(line) for line in cast.lines(0)}
    assert GENERATOR == "1"
    assert {emotion: len(wave) for emotion, wave in heard.items()} == {
        "neutral": 8160,
        "happy": 7680,
        "sad": 11360,
        "angry": 7360,
    }
    assert heard["neutral"][3000:3006] == pytest.approx([609, 531, 353, 149, -103, -420], abs=3)
    assert heard["angry"][3000:3006] == pytest.approx([371, -27, 135, 262, -233, -17], abs=3)
