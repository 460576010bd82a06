"""CREMA-D: 91 actors, twelve sentences, six emotions, and the votes of 2443 raters (Cao et al. 2014).

A file ``AudioWAV/1001_DFA_ANG_XX.wav`` is actor 1001, sentence DFA, acted anger, at no stated level. What the raters
took it for stands in ``processedResults/summaryTable.csv``, by voice alone, face alone, and both.
"""

import re
from pathlib import Path
from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.crema_d_tables import DEMOGRAPHICS, RESULTS, VOTES, read_demographics, read_votes
from fedser.corpora.layout import Layout, by_stem, is_audio, listed
from fedser.corpora.presence import TabledReader
from fedser.corpora.published import Published
from fedser.corpora.reader import CorpusName, ReadContext
from fedser.errors import InputError, Problems

_EMOTIONS = {"A": "angry", "D": "disgust", "F": "fearful", "H": "happy", "N": "neutral", "S": "sad"}
_LEVELS = {"LO": "low", "MD": "medium", "HI": "high", "XX": "unspecified"}
_VOTES = {"multimodal": "MultiModalVote", "voice": "VoiceVote", "face": "FaceVote"}
_AUDIO = "AudioWAV/*"
_TIE = "undecided"
_SILENT = "1076_MTI_SAD_XX"
_MISSPELT = {"1040_ITH_SAD_X": "1040_ITH_SAD_XX"}
_LAYOUT = Layout(
    title="CREMA-D",
    obtain="https://github.com/CheyneyComputerScience/CREMA-D (with git-lfs)",
    signs=(DEMOGRAPHICS, f"{RESULTS}/{DEMOGRAPHICS}"),
    example="AudioWAV/1001_DFA_ANG_XX.wav",
    stem=re.compile(
        r"(?P<speaker>10[0-8]\d|109[01])_(?P<sentence>IEO|TIE|IOM|IWW|TAI|MTI|IWL|ITH|DFA|ITS|TSI|WSI)"
        r"_(?P<emotion>ANG|DIS|FEA|HAP|NEU|SAD)_(?P<level>LO|MD|HI|XX)|1040_ITH_SAD_X"
    ),
)


class CremaD(TabledReader):
    """CREMA-D: 91 US actors, 48 men and 43 women, 6 emotions, with gender, age, race and ethnicity."""

    source: ClassVar[str] = "Cao et al. 2014, CREMA-D: Crowd-sourced Emotional Multimodal Actors Dataset"
    published: ClassVar[tuple[Published, ...]] = (
        Published("Cao et al. 2014", speakers={"gender": {"male": 48, "female": 43}}, all_speakers=91),
        Published("Cao et al. 2014", settings={"ties": "undecided"}, all_utterances=7442),
        Published(
            "Feng et al. 2021, Table 1",
            settings={"labels": "multimodal"},
            utterances={"emotion": {"neutral": 1972, "happy": 1219, "sad": 588, "angry": 1019}},
        ),
    )
    advice: ClassVar[str] = f"The audio is in AudioWAV/ of {_LAYOUT.obtain}; `git lfs pull` fetches it."
    name: Literal["crema_d"] = "crema_d"
    corpus: CorpusName = "crema_d"
    path: str = "crema-d"
    """The folder that holds ``AudioWAV/``, ``VideoDemographics.csv`` and ``processedResults/``: absolute, or below the
    data root."""
    labels: Literal["multimodal", "voice", "face", "intended"] = "multimodal"
    """The emotion: what most raters saw and heard, heard alone, or saw alone, or what the actor was to show (as the
    file names tell: the utterances are then those of the files, and the votes table is not needed)."""
    ties: Literal["drop", "undecided"] = "drop"
    """What becomes of clips with as many votes for one emotion as for another: left out and counted, or a class."""

    def survey(self, context: ReadContext) -> Corpus:
        """The clips: ``sentence``, the ``intended`` emotion, its ``intensity`` (low, medium, high, unspecified).

        The actors have ``gender`` (the table's Sex), ``age`` in years, ``race`` and ``ethnicity``. The one clip without
        a signal, 1076_MTI_SAD_XX, is left out and counted. Raises InputError for tables that are missing or wrong.
        """
        folder, problems = _LAYOUT.folder(context, self.path), Problems()
        with problems.collect(InputError):
            actors = read_demographics(folder)
        with problems.collect(InputError):
            clips, unlisted = _acted(folder) if self.labels == "intended" else _voted(folder, _VOTES[self.labels])
        problems.raise_if_any(InputError)
        utterances = _with_parts(clips.sort_values("utterance", ignore_index=True))
        strangers = sorted(set(utterances["speaker"]) - set(actors["speaker"]))
        if strangers:
            raise InputError(f"{folder}: {DEMOGRAPHICS} has no row for the actors {listed(strangers)}")
        dropped = {"not in the votes table": unlisted} if unlisted else {}
        acting = actors[actors["speaker"].isin(utterances["speaker"])].reset_index(drop=True)
        return self._without(Corpus(self.corpus, utterances, acting, dropped))

    def _without(self, corpus: Corpus) -> Corpus:
        """The corpus without the clip that cannot be heard and, where they are to be dropped, without ties."""
        heard = corpus.only(corpus.utterances["utterance"] != _SILENT, "no signal")
        return heard.only(heard.utterances["emotion"] != _TIE, "tie") if self.ties == "drop" else heard


def _acted(folder: Path) -> tuple[pd.DataFrame, int]:
    """The clips whose files are there, with the emotions of their names; none of them is unlisted."""
    files = by_stem((path for path, _ in _LAYOUT.audio(folder, _AUDIO)), _MISSPELT)
    emotions = [_intended(clip) for clip in files]
    return pd.DataFrame({"utterance": list(files), "path": map(str, files.values()), "emotion": emotions}), 0


def _voted(folder: Path, column: str) -> tuple[pd.DataFrame, int]:
    """The clips of the votes table, and how many files there are beside them."""
    files = by_stem(filter(is_audio, folder.glob(_AUDIO)), _MISSPELT)
    votes = read_votes(folder, column)
    clips = votes["clip"].replace(_MISSPELT)
    strange = [f"{clip} on line {line}" for line, clip in clips.items() if not _LAYOUT.stem.fullmatch(clip)]
    if strange:
        raise InputError(f"{folder / VOTES}: FileName is not a clip's name: {listed(strange)}")
    paths = [str(files[clip]) if clip in files else None for clip in clips]
    emotions = votes["vote"].map(_EMOTIONS).fillna(_TIE)
    return pd.DataFrame({"utterance": clips, "path": paths, "emotion": emotions}), len(files.keys() - set(clips))


def _with_parts(clips: pd.DataFrame) -> pd.DataFrame:
    """``clips`` with what their names tell."""
    parts = [clip.split("_") for clip in clips["utterance"]]
    clips.insert(2, "speaker", [actor for actor, *_ in parts])
    told = {"sentence": [sentence for _, sentence, *_ in parts], "intensity": [_LEVELS[level] for *_, level in parts]}
    return clips.assign(intended=clips["utterance"].map(_intended), **told)


def _intended(clip: str) -> str:
    return _EMOTIONS[clip.split("_")[2][0]]
