"""EmoBank: English sentences rated for valence, arousal and dominance (Buechel and Hahn 2017).

The three are on a scale of 1 to 5, the perspectives of writer and reader taken together. Sentences are from the MASC
corpus and the headlines of SemEval-2007; nothing is known of who wrote them.
"""

from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.published import Published
from fedser.corpora.reader import CorpusName, CorpusReader, ReadContext
from fedser.corpora.sheets import Sheet, SheetRelease
from fedser.errors import Problems

_RELEASE = SheetRelease(
    title="EmoBank", obtain="https://github.com/JULIELab/EmoBank (corpus/emobank.csv)", signs=("emobank.csv",)
)
_SPLITS = {"train": "train", "dev": "dev", "test": "test"}


class EmoBank(CorpusReader):
    """EmoBank: 10,062 English sentences with valence, activation and dominance from 1 to 5."""

    source: ClassVar[str] = (
        "Buechel and Hahn 2017, EmoBank: Studying the Impact of Annotation Perspective and Representation Format"
        " on Dimensional Emotion Analysis"
    )
    published: ClassVar[tuple[Published, ...]] = (Published("Buechel and Hahn 2017", all_utterances=10062),)
    name: Literal["emobank"] = "emobank"
    corpus: CorpusName = "emobank"
    path: str = "text/emobank"
    """The folder that holds ``emobank.csv``: absolute, or below the data root."""

    def read(self, context: ReadContext) -> Corpus:
        """The sentences, with their ``split``.

        A ``speaker`` is a document, for nothing says who wrote it: the id ``110CYL068_1036_1079`` is the characters
        1036 to 1079 of document ``110CYL068``, and each headline (``SemEval_17``) is one of its own. Raises InputError
        for a table that is missing or has cells that cannot be, all at once.
        """
        folder, problems = _RELEASE.folder(context, self.path), Problems()
        sheets = _RELEASE.sheets(folder, {"all": "emobank.csv"}, ("id", "split", "V", "A", "D", "text"), problems)
        parts = [_sentences(sheet) for sheet in sheets.values()]
        problems.raise_if_any()
        (utterances,) = parts
        speakers = pd.DataFrame({"speaker": sorted(set(utterances["speaker"]))})
        return Corpus(self.corpus, utterances, speakers)


def _sentences(sheet: Sheet) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "utterance": sheet.filled("id"),
            "text": sheet.filled("text"),
            "speaker": sheet.filled("id").str.replace(r"_\d+_\d+$", "", regex=True),
            "valence": sheet.within("V", 1, 5),
            "activation": sheet.within("A", 1, 5),
            "dominance": sheet.within("D", 1, 5),
            "split": sheet.named("split", _SPLITS),
        }
    ).reset_index(drop=True)
