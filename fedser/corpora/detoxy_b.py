"""DeToxy-B: is a spoken utterance toxic? Balanced texts from several corpora of speech (Ghosh et al. 2022).

Rows of MELD are named as in ``train_dia997_utt5``, which is how they join to MELD's speakers; a row of VCTK bears its
speaker's name (``p260_009_mic1``), LJ Speech has one reader, and of other rows (Common Voice) nothing says who spoke.
Some texts hold the character U+FFFD where an apostrophe or a quote was lost; they are left as they are.
"""

import re
from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.meld import MELD
from fedser.corpora.reader import CorpusName, CorpusReader, ReadContext
from fedser.corpora.sheets import Sheet, SheetRelease
from fedser.errors import InputError, Problems

_RELEASE = SheetRelease(
    title="DeToxy-B",
    obtain="https://github.com/Sreyan88/Toxicity-Detection-in-Spoken-Utterances (data)",
    signs=("trigger_test.csv",),
)
_TRIGGER = "trigger_test"
_TABLES = {"train": "train.csv", "dev": "valid.csv", "test": "test.csv", _TRIGGER: f"{_TRIGGER}.csv"}
_COLUMNS = ("Dataset", "FileName", "text", "label2a", "Starting")
_TOXICITY = {"1": "toxic", "0": "not toxic"}
_VCTK_SPEAKER = re.compile(r"([ps]\d+)_.*")


class DeToxyB(CorpusReader):
    """DeToxy-B: is a spoken utterance toxic? Texts of several speech corpora, some with MELD's speakers."""

    source: ClassVar[str] = (
        "Ghosh et al. 2022, DeToxy: A Large-Scale Multimodal Dataset for Toxicity Classification in Spoken Utterances"
    )
    name: Literal["detoxy_b"] = "detoxy_b"
    corpus: CorpusName = "detoxy_b"
    path: str = "text/detoxy-b"
    """The folder that holds ``train.csv``, ``valid.csv``, ``test.csv`` and ``trigger_test.csv``: absolute, or below the
    data root."""
    meld_path: str | None = "text/meld"
    """The folder of MELD, for the speakers of its rows and the leads' genders; with null they are not known."""
    speakers: Literal["all", "known"] = "all"
    """What becomes of utterances whose speaker is not known: each is of a speaker of its own, or they are left out and
    counted."""

    def read(self, context: ReadContext) -> Corpus:
        """The utterances, with the corpus they are from (``dataset``), their ``split`` (train, dev, test), and whether
        they have a ``trigger`` (stand in the table of innocent texts with words that often are toxic, which repeats
        rows of the other tables; those that it alone has are of the split trigger_test). Speakers have a ``gender``
        where they are leads of MELD.

        Raises InputError for tables that are missing or have cells that cannot be, all at once.
        """
        folder, problems = _RELEASE.folder(context, self.path), Problems()
        sheets = _RELEASE.sheets(folder, _TABLES, _COLUMNS, problems)
        parts = [_utterances(split, sheet) for split, sheet in sheets.items()]
        problems.raise_if_any()
        utterances = _with_triggers(pd.concat(parts, ignore_index=True))
        meld = self._meld(context)
        known = _known_speakers(utterances, meld)
        utterances["speaker"] = known.fillna(utterances["utterance"])
        corpus = Corpus(self.corpus, utterances.drop(columns="file"), _speakers(utterances["speaker"], meld))
        return corpus if self.speakers == "all" else corpus.only(known.notna(), "speaker not known")

    def _meld(self, context: ReadContext) -> pd.DataFrame:
        """MELD's utterances, each with its ``speaker`` and ``gender``."""
        if self.meld_path is None:
            return pd.DataFrame(columns=["utterance", "speaker", "gender"], dtype="str")
        try:
            meld = MELD(path=self.meld_path).read(context)
        except InputError as error:
            raise InputError(
                f"{error}\n  MELD tells who its rows are of; with meld_path: null that is not known."
            ) from error
        return meld.utterances[["utterance", "speaker"]].merge(meld.speakers, on="speaker")


def _utterances(split: str, sheet: Sheet) -> pd.DataFrame:
    """Several utterances may be of one file, each with the second it starts at."""
    dataset, file, start = sheet.filled("Dataset"), sheet.filled("FileName"), sheet.cells["Starting"]
    return pd.DataFrame(
        {
            "utterance": dataset + "/" + file + ("@" + start).where(start != "", ""),
            "text": sheet.filled("text"),
            "speaker": "",
            "toxicity": sheet.named("label2a", _TOXICITY),
            "dataset": dataset,
            "split": split,
            "file": file,
        }
    )


def _with_triggers(utterances: pd.DataFrame) -> pd.DataFrame:
    """The rows with their ``trigger``; those of the trigger table only where no other table has them."""
    listed = utterances["split"] == _TRIGGER
    triggers, others = utterances.loc[listed, "utterance"], utterances.loc[~listed, "utterance"]
    repeated = listed & utterances["utterance"].isin(others)
    return utterances.assign(trigger=utterances["utterance"].isin(triggers))[~repeated].reset_index(drop=True)


def _known_speakers(utterances: pd.DataFrame, meld: pd.DataFrame) -> pd.Series:
    """Names such as ``MELD/Monica``, ``VCTK/p260`` and ``LJ Speech/LJ``; missing where nothing tells who spoke."""
    dataset, file = utterances["dataset"], utterances["file"]
    told = {
        "MELD": file.map(dict(zip(meld["utterance"], meld["speaker"], strict=True))),
        "VCTK": file.str.extract(_VCTK_SPEAKER, expand=False),
        "LJ Speech": pd.Series("LJ", index=file.index),
    }
    name = pd.Series(index=file.index, dtype="str")
    for corpus, speakers in told.items():
        name = name.where(dataset != corpus, speakers)
    return dataset + "/" + name


def _speakers(names: pd.Series, meld: pd.DataFrame) -> pd.DataFrame:
    speakers = pd.DataFrame({"speaker": sorted(set(names))})
    genders = dict(zip("MELD/" + meld["speaker"], meld["gender"], strict=True))
    return speakers.assign(gender=speakers["speaker"].map(genders).astype("str"))
