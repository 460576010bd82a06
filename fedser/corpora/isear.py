"""ISEAR: what students of many countries told of times they felt seven emotions (Scherer and Wallbott 1994).

Read from ``isear.csv``, the databank's table as it goes round: cells divided by ``|``, one line per answer. Its texts
have been through several hands: ``á`` stands where a line ended, a text with quotes has those written as backslashes
and is cut in two at a line's end, and letters of Latin-1 are those of another code page. Here they are mended.

``country``, ``religion`` and ``field`` (of study) are the databank's codes. The list of their meanings that goes round
with the table is not trusted: respondents of its code 33, Honduras, tell of the Chinese University of Hong Kong.
"""

from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.isear_text import NO_RESPONSE, read_answers
from fedser.corpora.reader import CorpusName, CorpusReader, ReadContext
from fedser.corpora.sheets import Sheet, SheetRelease
from fedser.corpora.table import speaker_table
from fedser.errors import Problems

_RELEASE = SheetRelease(
    title="ISEAR",
    obtain="https://github.com/sinmaniphel/py_isear_dataset or https://www.unige.ch/cisa/research",
    signs=("isear.csv",),
)
_EMOTIONS = {
    "joy": "happy",
    "fear": "fearful",
    "anger": "angry",
    "sadness": "sad",
    "disgust": "disgust",
    "shame": "shame",
    "guilt": "guilt",
}
_GENDERS = {"1": "male", "2": "female", "0": ""}
_CODES = {"country": "COUN", "religion": "RELI", "field": "FIEL"}


class ISEAR(CorpusReader):
    """ISEAR: 7,666 answers of 1,096 students on 7 emotions; gender, age, country, religion, field of study."""

    source: ClassVar[str] = (
        "Scherer and Wallbott 1994, Evidence for Universality and Cultural Variation"
        " of Differential Emotion Response Patterning"
    )
    name: Literal["isear"] = "isear"
    corpus: CorpusName = "isear"
    path: str = "text/isear"
    """The folder that holds ``isear.csv``: absolute, or below the data root."""
    no_response: Literal["drop", "keep"] = "drop"
    """What becomes of texts that tell of nothing, such as ``[ No response.]`` or ``Can't remember that feeling.``: left
    out and counted, or kept as they are."""

    def read(self, context: ReadContext) -> Corpus:
        """The answers, and the respondents, with ``gender``, ``age`` in years, and the codes (text) of the above.

        Raises InputError for a table that is missing or has cells that cannot be, all at once.
        """
        path, problems = _RELEASE.file(_RELEASE.folder(context, self.path), "isear.csv"), Problems()
        sheet = Sheet(path, read_answers(path), problems)
        utterances, speakers = _utterances(sheet), _speakers(sheet)
        problems.raise_if_any()
        corpus = Corpus(self.corpus, utterances, speakers)
        if self.no_response == "keep":
            return corpus
        return corpus.only(~utterances["text"].str.fullmatch(NO_RESPONSE), "no response")


def _utterances(sheet: Sheet) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "utterance": sheet.filled("MYKEY"),
            "text": sheet.filled("SIT"),
            "speaker": sheet.filled("ID"),
            "emotion": sheet.named("Field1", _EMOTIONS),
        }
    ).reset_index(drop=True)


def _speakers(sheet: Sheet) -> pd.DataFrame:
    """What the rows of a respondent say of him or her; 0 is a question without an answer."""
    told = {"gender": sheet.named("SEX", _GENDERS)}
    for name, column in {"age": "AGE", **_CODES}.items():
        told[name] = sheet.whole(column).astype(str).replace("0", "")
    rows = pd.DataFrame({"speaker": sheet.cells["ID"], **told})
    speakers = speaker_table(sheet.path, rows, list(told), sheet.problems)
    return speakers.astype(dict.fromkeys(_CODES, "str"))
