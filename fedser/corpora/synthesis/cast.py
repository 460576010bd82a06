"""The cast of one synthetic corpus: who speaks, which sentences, in which style, before which microphone.

Every draw comes from a stream named after what it is for, so each utterance is the same in whatever order and by
however many processes they are made, and the voices are drawn before anything is known of who has which gender.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fedser.corpora.synthesis.acting import EMOTIONS, Style, draw_expression, draw_style
from fedser.corpora.synthesis.recording import Recording, draw_recording, record
from fedser.corpora.synthesis.speech import Sentence, draw_sentence, speak
from fedser.corpora.synthesis.voice import GENDERS, Voice, draw_voice
from fedser.seeds import Stream

SAMPLE_RATE = 16000
GENERATOR = "1"
"""The version of the synthesis: audio of another version is not reused."""

_SENTENCES = 10
_AGES = (20, 70)


@dataclass(frozen=True)
class Line:
    """One utterance to be spoken: ``speaker`` and ``sentence`` are numbers from 0."""

    speaker: int
    emotion: str
    number: int
    sentence: int


@dataclass(frozen=True)
class Cast:
    """``speakers`` who each say ``per_emotion`` utterances of about ``seconds`` in each emotion."""

    stream: Stream
    speakers: int
    per_emotion: int
    seconds: float
    leakage: float

    @cached_property
    def genders(self) -> tuple[str, ...]:
        """The gender of each speaker: as many of one as of the other, in random order."""
        balanced = np.resize(GENDERS, self.speakers)
        return tuple(self.stream("genders").numpy().permutation(balanced).tolist())

    @cached_property
    def ages(self) -> tuple[int, ...]:
        """The age of each speaker, in years; it cannot be heard."""
        return tuple(self.stream("ages").numpy().integers(*_AGES, self.speakers).tolist())

    def lines(self, speaker: int) -> Iterator[Line]:
        """All utterances of one speaker: each emotion goes through the same sentences."""
        for emotion in EMOTIONS:
            for number in range(self.per_emotion):
                yield Line(speaker, emotion, number, number % _SENTENCES)

    def perform(self, line: Line) -> np.ndarray[Any, np.dtype[np.int16]]:
        """The recording of one utterance, 16-bit samples at 16 kHz."""
        stream = self.stream("utterance", line.speaker, line.emotion, line.number)
        voice, sentence = self._voices[line.speaker], self._sentences[line.sentence]
        how = draw_expression(stream("expression"), line.emotion, self._style, voice.expressivity)
        wave = speak(stream("speech"), sentence, voice, how, SAMPLE_RATE)
        return record(stream("recording"), wave, self._recording)

    @cached_property
    def _voices(self) -> tuple[Voice, ...]:
        return tuple(
            draw_voice(self.stream("voice", speaker), gender, self.leakage)
            for speaker, gender in enumerate(self.genders)
        )

    @cached_property
    def _sentences(self) -> tuple[Sentence, ...]:
        return tuple(draw_sentence(self.stream("sentence", number), self.seconds) for number in range(_SENTENCES))

    @cached_property
    def _style(self) -> Style:
        return draw_style(self.stream("style"))

    @cached_property
    def _recording(self) -> Recording:
        return draw_recording(self.stream("recording"))
