"""Synthetic emotional speech: speakers with genders and ages, four emotions, and a knob for what the voice tells.

No download, the same from the same seed, and known truth: at leakage 1 gender is as plain in the voice as in natural
speech, at 0 it has no effect whatsoever on the sound, so that whatever an attack finds there is chance.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from fedser.artifacts.manifest import is_complete, stage, stage_key
from fedser.corpora.corpus import Corpus
from fedser.corpora.reader import CorpusReader, ReadContext
from fedser.corpora.synthesis.cast import GENERATOR, SAMPLE_RATE, Cast, Line
from fedser.corpora.synthesis.files import record_all
from fedser.seeds import Stream

_INPUTS = {"generator": GENERATOR}


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
        folder, cast = self._folder(context), self.cast()
        lines = self._lines(cast, folder)
        missing = [(line, file) for line, file in lines if not file.is_file()]
        if missing or not is_complete(folder, stage_key(self._config(), _INPUTS)):
            with stage(folder, "synthetic speech", self._config(), _INPUTS, self.seed):
                record_all(cast, missing, context.workers, context.progress)
        return self._corpus(cast, lines)

    def survey(self, context: ReadContext) -> Corpus:
        """The corpus as it is now: audio that has not been made is missing."""
        corpus = self.tables(context)
        files = [path if Path(path).is_file() else None for path in corpus.utterances["path"]]
        return replace(corpus, utterances=corpus.utterances.assign(path=files))

    def tables(self, context: ReadContext) -> Corpus:
        """The corpus before any audio is made."""
        cast = self.cast()
        return self._corpus(cast, self._lines(cast, self._folder(context)))

    def cast(self) -> Cast:
        """Who speaks, and how."""
        stream = Stream(self.seed)("synthetic", self.corpus)
        return Cast(stream, self.speakers, self.utterances_per_emotion, self.seconds, self.leakage)

    def _config(self) -> dict[str, Any]:
        return self.model_dump(mode="json") | {"sample_rate": SAMPLE_RATE}

    def _folder(self, context: ReadContext) -> Path:
        key = stage_key(self._config(), _INPUTS)
        return context.cache.absolute() / "synthetic" / f"{self.corpus}-{key[:16]}"

    def _lines(self, cast: Cast, folder: Path) -> list[tuple[Line, Path]]:
        lines = [line for speaker in range(self.speakers) for line in cast.lines(speaker)]
        return [(line, folder / _speaker(line.speaker) / f"{_utterance(line)}.flac") for line in lines]

    def _corpus(self, cast: Cast, lines: list[tuple[Line, Path]]) -> Corpus:
        rows = [
            (_utterance(line), str(file), _speaker(line.speaker), line.emotion, f"{line.sentence:02}")
            for line, file in lines
        ]
        utterances = pd.DataFrame(rows, columns=["utterance", "path", "speaker", "emotion", "sentence"])
        names = [_speaker(number) for number in range(self.speakers)]
        speakers = pd.DataFrame({"speaker": names, "gender": cast.genders, "age": cast.ages})
        return Corpus(self.corpus, utterances, speakers)


def _speaker(number: int) -> str:
    return f"{number + 1:03}"


def _utterance(line: Line) -> str:
    return f"{_speaker(line.speaker)}-{line.emotion}-{line.number + 1:02}"
