"""One utterance: a sentence's syllables as contours of pitch, loudness and formants, and their sound."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fedser.audio import Wave
from fedser.corpora.synthesis.acting import Expression
from fedser.corpora.synthesis.glottis import noise, pulses
from fedser.corpora.synthesis.tract import VOWELS, envelope, filter_frames
from fedser.corpora.synthesis.voice import Voice
from fedser.seeds import Stream

FRAMES_PER_SECOND = 100
SYLLABLES_PER_SECOND = 4.5
# How loud the pulses and the friction are in the first part of a syllable: stop, nasal, fricative.
_VOICED = np.array([0.03, 0.4, 0.05])
_FRICTION = np.array([0.0, 0.0, 0.12])
_BINS = 513

Contour = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Sentence:
    """The syllables of a sentence: indices of vowels and of onsets, and the pitch accent (0 to 1) of each."""

    vowels: tuple[int, ...]
    onsets: tuple[int, ...]
    accents: tuple[float, ...]


@dataclass(frozen=True)
class Score:
    """What is to be sung: contours at 100 frames per second."""

    semitones: Contour
    """Pitch relative to the speaker's mean [frames]."""
    voiced: Contour
    """Amplitude of the pulses [frames]."""
    friction: Contour
    """Amplitude of the friction noise [frames]."""
    formants: Contour
    """F1, F2, F3 in Hz of the middle voice [frames, 3]."""


def draw_sentence(stream: Stream, seconds: float) -> Sentence:
    """A sentence of about ``seconds`` at the normal rate."""
    rng = stream.numpy()
    syllables = max(2, round(seconds * SYLLABLES_PER_SECOND + rng.uniform(-1.0, 1.0)))
    return Sentence(
        vowels=tuple(rng.integers(len(VOWELS), size=syllables).tolist()),
        onsets=tuple(rng.integers(len(_VOICED), size=syllables).tolist()),
        accents=tuple(rng.uniform(0.0, 1.0, syllables).tolist()),
    )


def score(stream: Stream, sentence: Sentence, rate: float, melody: float) -> Score:
    """The contours of ``sentence`` at a speaking ``rate`` (factor), with pitch movements of ``melody`` semitones."""
    rng = stream.numpy()
    count = len(sentence.vowels)
    seconds = rng.lognormal(0.0, 0.12, count) / (SYLLABLES_PER_SECOND * rate)
    seconds[-1] *= 1.3
    lengths = np.maximum(4, np.rint(seconds * FRAMES_PER_SECOND)).astype(int)
    syllable = np.repeat(np.arange(count), lengths)
    place = np.concatenate([np.arange(length) / length for length in lengths])
    onset = np.array(sentence.onsets)[syllable]
    first = place < 0.3
    accents = np.array(sentence.accents) + rng.normal(0.0, 0.2, count)
    fall = np.linspace(0.5, -1.0, len(syllable))
    return Score(
        semitones=_smooth(melody * (fall + accents[syllable] * np.sin(np.pi * place)), 5),
        voiced=_smooth(np.where(first, _VOICED[onset], np.sin(np.pi * (0.15 + 0.7 * place))), 3),
        friction=_smooth(np.where(first, _FRICTION[onset], 0.0), 3),
        formants=_smooth(VOWELS[np.array(sentence.vowels)[syllable]], 7),
    )


def speak(stream: Stream, sentence: Sentence, voice: Voice, how: Expression, sample_rate: int) -> Wave:
    """The sound of ``sentence``, float32 [samples]: pressure at the lips, of no particular scale."""
    lines = score(stream("score"), sentence, voice.rate * np.exp(how.rate), voice.melody * np.exp(how.melody))
    hop = sample_rate // FRAMES_PER_SECOND
    samples = len(lines.semitones) * hop
    pitch = voice.pitch * 2.0 ** ((_stretch(lines.semitones, samples, hop) + how.pitch) / 12.0)
    rough = np.exp(how.jitter)
    flow, opened = pulses(
        stream("pulses"), pitch, voice.open_quotient, voice.jitter * rough, voice.shimmer * rough, sample_rate
    )
    hiss = noise(stream("noise"), samples)
    source = (flow + voice.breath * np.exp(how.breath) * opened * hiss) * _stretch(lines.voiced, samples, hop)
    formants = lines.formants * (voice.tract * np.exp(how.smile) * np.array(voice.vowels))
    frequencies = np.linspace(0.0, sample_rate / 2.0, _BINS, dtype=np.float32)
    gains = envelope(formants.astype(np.float32), voice.tract, voice.tilt + how.tilt, frequencies)
    wave = filter_frames(source, gains.astype(np.float32), hop)
    # Friction arises in front of the tract's resonances and is brightest at the top.
    wave[1:] += np.diff(hiss) * _stretch(lines.friction, samples, hop)[1:]
    return wave * np.float32(10.0 ** (how.energy / 20.0))


def _stretch(contour: Contour, samples: int, hop: int) -> Contour:
    return np.interp(np.arange(samples), (np.arange(len(contour)) + 0.5) * hop, contour)


def _smooth(contour: Contour, width: int) -> Contour:
    """The moving mean over ``width`` frames along the first axis, the ends held."""
    held = np.pad(contour, [(width // 2, width // 2)] + [(0, 0)] * (contour.ndim - 1), mode="edge")
    smooth: Contour = np.lib.stride_tricks.sliding_window_view(held, width, axis=0).mean(axis=-1)
    return smooth
