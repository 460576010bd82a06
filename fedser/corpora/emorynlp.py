"""EmoryNLP: scenes of the first four seasons of Friends, with emotion and speakers (Zahiri and Choi 2018).

Read from the tables of the MELD repository, ``emorynlp_train_final.csv``, ``emorynlp_dev_final.csv`` and
``emorynlp_test_final.csv``, which leave some of the corpus out. Its series is MELD's: texts of one are in the other,
and the six leads are the same people, so that neither can stand for an attacker's own data against the other.
"""

import re
from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.friends import Speakers, Unit, corpus_of, episode
from fedser.corpora.published import Published
from fedser.corpora.reader import CorpusName, CorpusReader, ReadContext
from fedser.corpora.sheets import Sheet, SheetRelease
from fedser.errors import Problems

_RELEASE = SheetRelease(
    title="EmoryNLP", obtain="https://github.com/declare-lab/MELD (data/emorynlp)", signs=("emorynlp_*_final.csv",)
)
_TABLES = {split: f"emorynlp_{split}_final.csv" for split in ("train", "dev", "test")}
_COLUMNS = ("Utterance", "Speaker", "Emotion", "Scene_ID", "Utterance_ID", "Season", "Episode")
# Willcox's feeling wheel; the corpus's own names are kept where no other corpus has the emotion.
_EMOTIONS = {
    "Neutral": "neutral",
    "Joyful": "happy",
    "Scared": "fearful",
    "Mad": "angry",
    "Peaceful": "peaceful",
    "Powerful": "powerful",
    "Sad": "sad",
}
# A Python list of strings, quoted as Python does: ['Monica Geller'], ["Joey's Sisters"].
_NAME = r"""(?:'[^'"]+'|"[^"]+")"""
_NAMES = re.compile(rf"\[{_NAME}(?:, {_NAME})*\]")


class EmoryNLP(CorpusReader):
    """EmoryNLP: 9,489 utterances of Friends, 7 emotions, the six leads' genders."""

    source: ClassVar[str] = (
        "Zahiri and Choi 2018, Emotion Detection on TV Show Transcripts"
        " with Sequence-based Convolutional Neural Networks"
    )
    published: ClassVar[tuple[Published, ...]] = (
        Published("Zahiri and Choi 2018 (the whole corpus)", settings={"speakers": "all"}, all_utterances=12606),
        Published("Ghosal et al. 2020 (these tables)", settings={"speakers": "all"}, all_utterances=9489),
    )
    name: Literal["emorynlp"] = "emorynlp"
    corpus: CorpusName = "emorynlp"
    path: str = "text/emorynlp"
    """The folder that holds the three tables: absolute, or below the data root."""
    speakers: Speakers = "all"
    """Everyone, or the six leads alone where they speak alone (all else is left out and counted); only the leads'
    genders are known."""
    unit: Unit = "speaker"
    """What a speaker is: a person, or a person in one season (then ``person`` says who)."""

    def read(self, context: ReadContext) -> Corpus:
        """The utterances, with their ``split``, ``scene`` and number (``turn``) in it.

        Ids are as in ``s01e15_c01_u001``; a ``session`` is an episode. A turn of several people is of a speaker such as
        ``Carol Willick and Susan Bunch``. Raises InputError for tables that are missing or have cells that cannot be,
        all at once.
        """
        folder, problems = _RELEASE.folder(context, self.path), Problems()
        sheets = _RELEASE.sheets(folder, _TABLES, _COLUMNS, problems)
        parts = [_utterances(split, sheet) for split, sheet in sheets.items()]
        problems.raise_if_any()
        return corpus_of(self.corpus, pd.concat(parts, ignore_index=True), self.speakers, self.unit)


def _utterances(split: str, sheet: Sheet) -> pd.DataFrame:
    session = episode(sheet.whole("Season"), sheet.whole("Episode"))
    scene = session + "_c" + sheet.whole("Scene_ID").astype(str).str.zfill(2)
    turn = sheet.whole("Utterance_ID")
    return pd.DataFrame(
        {
            "utterance": scene + "_u" + turn.astype(str).str.zfill(3),
            "text": sheet.filled("Utterance"),
            "speaker": sheet.matching("Speaker", _NAMES, "a list of names such as ['Joey Tribbiani']").map(_spoken_by),
            "session": session,
            "emotion": sheet.named("Emotion", _EMOTIONS),
            "split": split,
            "scene": scene,
            "turn": turn,
        }
    )


def _spoken_by(names: str) -> str:
    """``Carol Willick and Susan Bunch`` for the list of the two."""
    return " and ".join(name[1:-1] for name in re.findall(_NAME, names))
