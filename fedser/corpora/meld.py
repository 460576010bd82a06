"""MELD: dialogues of the TV series Friends with emotion, sentiment and speaker, text and clips (Poria et al. 2019).

The tables ``train_sent_emo.csv``, ``dev_sent_emo.csv`` and ``test_sent_emo.csv`` number dialogues anew, each from 0.
Older copies of them hold the characters U+0080 to U+009F where quotes and dashes of Windows' code page 1252 were meant:
they are read as what was meant.
"""

from pathlib import Path
from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import UTTERANCE_COLUMNS, Corpus
from fedser.corpora.friends import Speakers, Unit, corpus_of, episode
from fedser.corpora.layout import by_stem, is_audio
from fedser.corpora.presence import TabledReader
from fedser.corpora.published import Published
from fedser.corpora.reader import CorpusName, ReadContext
from fedser.corpora.sheets import Sheet, SheetRelease
from fedser.errors import Problems

_RELEASE = SheetRelease(title="MELD", obtain="https://github.com/declare-lab/MELD", signs=("*_sent_emo.csv",))
_TABLES = {split: f"{split}_sent_emo.csv" for split in ("train", "dev", "test")}
_CLIPS = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}
_COLUMNS = ("Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID", "Season", "Episode")
_EMOTIONS = {
    "neutral": "neutral",
    "joy": "happy",
    "surprise": "surprised",
    "anger": "angry",
    "sadness": "sad",
    "disgust": "disgust",
    "fear": "fearful",
}
_SENTIMENTS = {"positive": "positive", "neutral": "neutral", "negative": "negative"}
_MEANT = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}


class MELD(TabledReader):
    """MELD: 13,708 utterances of Friends, 7 emotions, sentiment, the six leads' genders."""

    source: ClassVar[str] = (
        "Poria et al. 2019, MELD: A Multimodal Multi-Party Dataset for Emotion Recognition in Conversations"
    )
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            "Poria et al. 2019",
            settings={"speakers": "all"},
            utterances={
                "emotion": {
                    "neutral": 6436,
                    "happy": 2308,
                    "surprised": 1636,
                    "angry": 1607,
                    "sad": 1002,
                    "disgust": 361,
                    "fearful": 358,
                },
                "sentiment": {"neutral": 6436, "negative": 4184, "positive": 3088},
            },
            all_utterances=13708,
        ),
    )
    advice: ClassVar[str] = (
        "The clips are MP4, which libsndfile does not read; make wavs of them, in each of"
        f" {', '.join(f'{clips}/' for clips in _CLIPS.values())}:"
        ' mkdir waves; for f in dia*.mp4; do ffmpeg -i "$f" -ac 1 -ar 16000 "waves/${f%.mp4}.wav"; done'
    )
    name: Literal["meld"] = "meld"
    corpus: CorpusName = "meld"
    path: str = "text/meld"
    """The folder that holds the three tables, and for audio the folders of clips: absolute, or below the data root."""
    missing_files: Literal["error", "drop"] = "drop"
    """What becomes of utterances without audio (the release itself lacks a clip, and one is damaged): the corpus is
    refused, or they are left out and counted."""
    media: Literal["text", "audio"] = "text"
    """Text alone, or audio and text: waves of the clips, made with ffmpeg into ``train_splits/waves/dia0_utt0.wav``
    and likewise below ``dev_splits_complete/`` and ``output_repeated_splits_test/``."""
    speakers: Speakers = "all"
    """Everyone, or the six leads alone (the others are left out and counted); only the leads' genders are known."""
    unit: Unit = "speaker"
    """What a speaker is: a person, or a person in one season (then ``person`` says who)."""

    def survey(self, context: ReadContext) -> Corpus:
        """The utterances of the tables, with their ``split``, ``dialogue`` and number (``turn``) in it.

        Ids are as in ``train_dia0_utt0``; a ``session`` is an episode. Raises InputError for tables that are missing or
        have cells that cannot be, all at once.
        """
        folder, problems = _RELEASE.folder(context, self.path), Problems()
        sheets = _RELEASE.sheets(folder, _TABLES, _COLUMNS, problems)
        parts = [_utterances(split, sheet) for split, sheet in sheets.items()]
        problems.raise_if_any()
        utterances = pd.concat(parts, ignore_index=True)
        if self.media == "audio":
            utterances["path"] = _paths(folder, utterances)
        first = [column for column in UTTERANCE_COLUMNS if column in utterances]
        others = ["split", "dialogue", "turn"]
        return corpus_of(self.corpus, utterances[first + others], self.speakers, self.unit)


def _utterances(split: str, sheet: Sheet) -> pd.DataFrame:
    dialogue = split + "_dia" + sheet.whole("Dialogue_ID").astype(str)
    turn = sheet.whole("Utterance_ID")
    return pd.DataFrame(
        {
            "utterance": dialogue + "_utt" + turn.astype(str),
            "text": sheet.filled("Utterance").str.translate(_MEANT),
            "speaker": sheet.filled("Speaker").str.translate(_MEANT),
            "session": episode(sheet.whole("Season"), sheet.whole("Episode")),
            "emotion": sheet.named("Emotion", _EMOTIONS),
            "sentiment": sheet.named("Sentiment", _SENTIMENTS),
            "split": split,
            "dialogue": dialogue,
            "turn": turn,
        }
    )


def _paths(folder: Path, utterances: pd.DataFrame) -> pd.Series:
    """The wave of each utterance, ``train_splits/waves/dia0_utt0.wav`` for ``train_dia0_utt0``; None without one."""
    waves = {
        f"{split}_{stem}": str(path)
        for split, clips in _CLIPS.items()
        for stem, path in by_stem(filter(is_audio, (folder / clips / "waves").glob("*"))).items()
    }
    return utterances["utterance"].map(waves)
