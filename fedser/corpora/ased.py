"""ASED v1: five emotions in Amharic, 65 volunteers, sentences that eight judges accepted (Retta et al. 2023).

A file ``05Angry/a5-03-01-02-50.wav`` is emotion a (angry, in folder 5), sentence 03, repetition 01, gender 02 (male, 01
is female), speaker 50.
"""

import re
from pathlib import Path
from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.layout import Layout, listed
from fedser.corpora.published import Published
from fedser.corpora.reader import CorpusName, CorpusReader, ReadContext
from fedser.errors import InputError, Problems

_EMOTIONS = {"n1": "neutral", "f2": "fearful", "h3": "happy", "s4": "sad", "a5": "angry"}
_FOLDERS = {"n1": "01Neutral", "f2": "02Fearful", "h3": "03Happy", "s4": "04Sad", "a5": "05Angry"}
_GENDERS = {"01": "female", "02": "male"}
_COLUMNS = ["utterance", "path", "speaker", "emotion", "sentence", "tag"]
_LAYOUT = Layout(
    title="ASED",
    obtain="https://github.com/Ethio2021/ASED_V1",
    signs=("0[1-5]*/??-??-??-??-??.*",),
    example="05Angry/a5-03-01-02-50.wav",
    # The official release has one capital letter: S4-04-02-01-29.
    stem=re.compile(
        r"(?P<emotion>[nfhsa][1-5])-(?P<sentence>\d\d)-\d\d-(?P<gender>0[12])-(?P<speaker>\d\d)", re.IGNORECASE
    ),
)


class ASED(CorpusReader):
    """Amharic Speech Emotional Dataset v1: 65 speakers, 25 women and 40 men, 5 emotions."""

    source: ClassVar[str] = "Retta et al. 2023, A New Amharic Speech Emotion Dataset and Classification Benchmark"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            "Retta et al. 2023",
            settings={"odd_gender": "keep"},
            speakers={"gender": {"female": 25, "male": 40}},
            all_utterances=2474,
            all_speakers=65,
        ),
    )
    name: Literal["ased"] = "ased"
    corpus: CorpusName = "ased"
    path: str = "ased"
    """The folder that holds ``01Neutral/`` to ``05Angry/``: absolute, or below the data root."""
    odd_gender: Literal["keep", "drop"] = "keep"
    """What becomes of files whose name gives another gender than most of the speaker's files do (five of the official
    release: either their gender or their speaker is misspelt): kept as that speaker's, or left out and counted."""

    def read(self, context: ReadContext) -> Corpus:
        """The utterances, with their ``sentence``, and the speakers, with the ``gender`` that most of their files give.

        Raises InputError, besides what is wrong with the layout, where a name's letter, its number and its folder are
        of different emotions, and where as many files of a speaker give one gender as the other.
        """
        files = _LAYOUT.audio(_LAYOUT.folder(context, self.path), "*/*")
        problems = Problems()
        rows = [_row(path, parts, problems) for path, parts in files]
        utterances = pd.DataFrame(rows, columns=_COLUMNS)
        speakers = _speakers(utterances, context.place(self.path), problems)
        problems.raise_if_any(InputError)
        odd = utterances["tag"] != utterances["speaker"].map(speakers.set_index("speaker")["gender"])
        corpus = Corpus(self.corpus, utterances.drop(columns="tag"), speakers)
        return corpus.only(~odd, "gender of another speaker in its name") if self.odd_gender == "drop" else corpus


def _row(path: Path, parts: re.Match[str], problems: Problems) -> tuple[str, ...]:
    code = parts["emotion"].lower()
    if _FOLDERS.get(code) != path.parent.name:
        wanted = [name for known, name in _FOLDERS.items() if known[0] == code[0] or known[1] == code[1]]
        problems.add(path, f"{parts['emotion']} belongs in {' or '.join(wanted)}, not in {path.parent.name}")
    emotion, gender = _EMOTIONS.get(code, ""), _GENDERS[parts["gender"]]
    return path.stem, str(path), parts["speaker"], emotion, parts["sentence"], gender


def _speakers(utterances: pd.DataFrame, folder: Path, problems: Problems) -> pd.DataFrame:
    """One row per speaker, with the gender that most of the files give; a draw is a problem."""
    votes = pd.crosstab(utterances["speaker"], utterances["tag"]).reindex(columns=["female", "male"], fill_value=0)
    drawn = votes.index[votes["female"] == votes["male"]]
    if len(drawn):
        problems.add(folder, f"as many files give one gender as the other for the speakers {listed(drawn)}")
    return votes.idxmax(axis=1).rename("gender").reset_index()
