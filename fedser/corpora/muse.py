"""MuSE: students speak of their days in a stressed and in an unstressed session (Jaiswal et al. 2020).

Each of the monologues' sentences has a file ``<sentence>.wav``, a transcript ``<sentence>.txt``, and ratings of valence
and activation by the crowd, who heard the sentences in random order or in their context, and by the speakers themselves
(Jaiswal et al. 2019). The first two characters of a sentence's name are its speaker.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.layout import below
from fedser.corpora.muse_labels import SURVEYS, read_labels
from fedser.corpora.presence import TabledReader
from fedser.corpora.published import Published
from fedser.corpora.reader import CorpusName, ReadContext
from fedser.corpora.release import Release
from fedser.corpora.transcripts import read_texts, spoken, written
from fedser.errors import InputError

_RELEASE = Release(
    title="MuSE",
    obtain="its authors at the University of Michigan, under a licence (Jaiswal et al. 2020)",
    signs=SURVEYS,
)
_AUDIO = {"stressed": ("Stressed",), "not stressed": ("NotStressed", "Non Stressed")}
_TRANSCRIPTS = "Combined/Utterance Transcripts"


class MuSE(TabledReader):
    """MuSE: 28 US students, 9 women and 19 men, stressed and not, valence and activation with and without context."""

    source: ClassVar[str] = "Jaiswal et al. 2020, MuSE: a Multimodal Dataset of Stressed Emotion"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            "Jaiswal et al. 2020",
            settings={"unit": "speaker"},
            speakers={"gender": {"female": 9, "male": 19}},
            all_speakers=28,
        ),
    )
    name: Literal["muse"] = "muse"
    corpus: CorpusName = "muse"
    path: str = "muse"
    """The folder that holds ``Stressed/``, ``NotStressed/`` (or ``Non Stressed/``), ``Combined/`` and the survey's
    folder: absolute, or below the data root."""
    context: bool = False
    """Whether valence and activation are by raters who had access to the sentences before, or heard each alone."""
    unit: Literal["speaker", "session"] = "speaker"
    """Who counts as a speaker: a person, whose utterances have the column ``stress``, or a person in one of the two
    sessions (``01-stressed``), of whom ``stress`` is an attribute; folds never part the two of one ``person``."""
    media: Literal["audio", "text"] = "audio"
    """Whether the corpus is its speech, with transcripts where there are any, or its transcripts alone."""

    def survey(self, context: ReadContext) -> Corpus:
        """The sentences, with the ``question`` they answer, and the speakers, with ``gender``.

        ``valence`` and ``activation`` are means of the raters' answers on the nine points of the release (1 is negative
        or calm), ``self_valence`` and ``self_activation`` what the speakers said of themselves. Where the text alone is
        read, sentences without a transcript are left out and counted. Recordings of anything else are passed over.
        """
        folder = _RELEASE.folder(context, self.path)
        labels, texts = read_labels(folder, self.context), _read_transcripts(folder)
        rows = labels if self.unit == "speaker" else labels.assign(speaker=_sessions(labels)).drop(columns="stress")
        if self.media == "audio":
            return self._with_persons(spoken(self.corpus, rows, _rated_audio(folder, labels), texts))
        if texts is None:
            raise InputError(f"{folder}: no transcripts; MuSE has them in {_TRANSCRIPTS}")
        return self._with_persons(written(self.corpus, rows, texts))

    def _with_persons(self, corpus: Corpus) -> Corpus:
        if self.unit == "speaker":
            return corpus
        parts = corpus.speakers["speaker"].str.split("-", n=1, expand=True)
        speakers = corpus.speakers.assign(person=parts[0], stress=parts[1].str.replace("-", " "))
        return replace(corpus, speakers=speakers[["speaker", "person", "gender", "stress"]])


def _sessions(labels: pd.DataFrame) -> pd.Series:
    """The speaker-session of each row, such as ``01-not-stressed``."""
    return labels["speaker"] + "-" + labels["stress"].str.replace(" ", "-")


def _rated_audio(folder: Path, labels: pd.DataFrame) -> Iterator[Path]:
    """The recordings of rated sentences, each below the folder of its session; there is much else beside them."""
    for stress, rated in labels.groupby("stress")["utterance"]:
        wanted = set(rated)
        for session in _AUDIO[str(stress)]:
            yield from (path for path in below(folder / session) if path.stem in wanted)


def _read_transcripts(folder: Path) -> dict[str, str] | None:
    """What was said, by sentence; None where the release came without its transcripts."""
    place = folder / _TRANSCRIPTS
    return read_texts(place) if place.is_dir() else None
