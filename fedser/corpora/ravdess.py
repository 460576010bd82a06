"""RAVDESS, the speech part: 24 North American actors, two statements, eight emotions (Livingstone and Russo 2018).

A file ``03-01-05-01-02-01-12.wav`` is modality 03 (audio only), channel 01 (speech, 02 is song), emotion 05 (angry),
intensity 01 (normal, 02 is strong), statement 02, repetition 01, actor 12; odd actors are men, even ones women.
"""

import re
from pathlib import Path
from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.layout import Layout
from fedser.corpora.published import Published
from fedser.corpora.reader import CorpusName, CorpusReader, ReadContext

_EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
_INTENSITIES = {"01": "normal", "02": "strong"}
_SPEECH = "Audio_Speech_Actors_01-24"
_COLUMNS = ["utterance", "path", "speaker", "emotion", "sentence", "intensity"]
_LAYOUT = Layout(
    title="RAVDESS",
    obtain=f"https://zenodo.org/records/1188976 ({_SPEECH}.zip)",
    signs=("Actor_*", f"{_SPEECH}/Actor_*"),
    example=f"{_SPEECH}/Actor_01/03-01-01-01-01-01-01.wav",
    stem=re.compile(
        r"03-(?P<channel>0[12])-0(?P<emotion>[1-8])-(?P<intensity>0[12])"
        r"-(?P<sentence>0[12])-0[12]-(?P<speaker>0[1-9]|1\d|2[0-4])"
    ),
)


class RAVDESS(CorpusReader):
    """RAVDESS, the speech part: 24 North American actors, 12 women and 12 men, 8 emotions."""

    source: ClassVar[str] = "Livingstone and Russo 2018, The Ryerson Audio-Visual Database of Emotional Speech and Song"
    published: ClassVar[tuple[Published, ...]] = (
        Published("Livingstone and Russo 2018", speakers={"gender": {"female": 12, "male": 12}}, all_speakers=24),
        Published(
            "Livingstone and Russo 2018",
            settings={"calm": "keep"},
            utterances={"emotion": dict.fromkeys(_EMOTIONS, 192) | {"neutral": 96}},
            all_utterances=1440,
        ),
    )
    name: Literal["ravdess"] = "ravdess"
    corpus: CorpusName = "ravdess"
    path: str = "ravdess"
    """The folder that holds ``Audio_Speech_Actors_01-24/`` or the actors' folders: absolute, or below the data root."""
    calm: Literal["keep", "drop", "neutral"] = "keep"
    """What becomes of the calm utterances: an emotion of their own, left out, or counted as neutral."""

    def read(self, context: ReadContext) -> Corpus:
        """The utterances, with ``sentence`` and ``intensity``, and the speakers, with ``gender``; song is left out."""
        folder = _LAYOUT.folder(context, self.path)
        root = f"{_SPEECH}/" if (folder / _SPEECH).is_dir() else ""
        files = _LAYOUT.audio(folder, f"{root}Actor_*/*")
        speech = [(path, parts) for path, parts in files if parts["channel"] == "01"]
        utterances = pd.DataFrame([_row(path, parts) for path, parts in speech], columns=_COLUMNS)
        speakers = pd.DataFrame({"speaker": sorted(set(utterances["speaker"]))})
        speakers["gender"] = ["male" if int(speaker) % 2 else "female" for speaker in speakers["speaker"]]
        song = {"song": len(files) - len(speech)} if len(files) > len(speech) else {}
        return self._with_calm(Corpus(self.corpus, utterances, speakers, song))

    def _with_calm(self, corpus: Corpus) -> Corpus:
        if self.calm == "drop":
            return corpus.only(corpus.utterances["emotion"] != "calm", "calm")
        return corpus.renamed({"calm": "neutral"}) if self.calm == "neutral" else corpus


def _row(path: Path, parts: re.Match[str]) -> tuple[str, ...]:
    emotion, intensity = _EMOTIONS[int(parts["emotion"]) - 1], _INTENSITIES[parts["intensity"]]
    return path.stem, str(path), parts["speaker"], emotion, parts["sentence"], intensity
