"""Synthetic emotional speech: speakers with genders and ages, four emotions, and a knob for what the voice tells.

No download, the same from the same seed, and known truth: at leakage 1 gender is as plain in the voice as in natural
speech, at 0 it has no effect whatsoever on the sound, so that whatever an attack finds there is chance.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from fedser.artifacts.manifest import is_complete, stage, stage_key
from fedser.corpora.corpus import Corpus
from fedser.corpora.reader import CorpusReader, ReadContext
from fedser.corpora.synthesis.cast import GENERATOR, SAMPLE_RATE, Cast, Line
from fedser.corpora.synthesis.files import record_all
from fedser.seeds import Stream


class Synthetic(CorpusReader):
    """Synthetic source-filter voices with planted genders: no download, repeatable, leakage as a knob."""

    source: ClassVar[str] = "Klatt 1980; Klatt and Klatt 1990"
    name: Literal["synthetic"] = "synthetic"
    speakers: int = Field(20, ge=2)
    """Half of them women and half men."""
    utterances_per_emotion: int = Field(10, ge=1)
    """Utterances of each speaker in each of the four emotions: neutral, happy, sad, angry."""
    leakage: float = Field(1.0, ge=0.0, le=1.0)
    """How much gender shapes the voice: 1 as in natural speech, 0 not at all."""
    seconds: float = Field(1.2, ge=0.5, le=10.0)
    """The mean duration of a sentence at the normal rate."""
    seed: int = Field(0, ge=0)
    """Corpora of another name or another seed differ in speakers, sentences, acting style and recording."""

    def read(self, context: ReadContext) -> Corpus:
        """The corpus, its audio made below ``context.cache`` unless it is there already."""
        config = self.model_dump(mode="json") | {"sample_rate": SAMPLE_RATE}
        inputs = {"generator": GENERATOR}
        key = stage_key(config, inputs)
        folder = context.cache.absolute() / "synthetic" / f"{self.corpus}-{key[:16]}"
        cast = self.cast()
        lines = [line for speaker in range(self.speakers) for line in cast.lines(speaker)]
        files = [folder / _speaker(line.speaker) / f"{_utterance(line)}.flac" for line in lines]
        missing = [(line, file) for line, file in zip(lines, files, strict=True) if not file.is_file()]
        if missing or not is_complete(folder, key):
            with stage(folder, "synthetic speech", config, inputs, self.seed):
                record_all(cast, missing, context.workers, context.progress)
        return self._corpus(cast, lines, files)

    def size(self, context: ReadContext, classes: Sequence[str]) -> tuple[int, int]:
        """Known without making any audio."""
        return self.speakers * self.utterances_per_emotion * len(set(classes)), self.speakers

    def cast(self) -> Cast:
        """Who speaks, and how."""
        stream = Stream(self.seed)("synthetic", self.corpus)
        return Cast(stream, self.speakers, self.utterances_per_emotion, self.seconds, self.leakage)

    def _corpus(self, cast: Cast, lines: list[Line], files: list[Path]) -> Corpus:
        rows = [
            (_utterance(line), str(file), _speaker(line.speaker), line.emotion, f"{line.sentence:02}")
            for line, file in zip(lines, files, strict=True)
        ]
        utterances = pd.DataFrame(rows, columns=["utterance", "path", "speaker", "emotion", "sentence"])
        names = [_speaker(number) for number in range(self.speakers)]
        speakers = pd.DataFrame({"speaker": names, "gender": cast.genders, "age": cast.ages})
        return Corpus(self.corpus, utterances, speakers)


def _speaker(number: int) -> str:
    return f"{number + 1:03}"


def _utterance(line: Line) -> str:
    return f"{_speaker(line.speaker)}-{line.emotion}-{line.number + 1:02}"
