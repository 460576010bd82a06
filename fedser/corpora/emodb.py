"""EmoDB: ten German actors, ten sentences, seven emotions (Burkhardt et al. 2005).

A file ``wav/03a01Fa.wav`` is speaker 03, sentence a01, emotion F (Freude), version a.
"""

import re
from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.layout import Layout
from fedser.corpora.published import Published
from fedser.corpora.reader import CorpusName, CorpusReader, ReadContext

# The letters are the first of the German words: Wut, Langeweile, Ekel, Angst, Freude, Trauer, neutral.
_EMOTIONS = {
    "W": "angry",
    "L": "bored",
    "E": "disgust",
    "A": "fearful",
    "F": "happy",
    "T": "sad",
    "N": "neutral",
}
_SPEAKERS = pd.DataFrame(
    [
        ("03", "male", 31),
        ("08", "female", 34),
        ("09", "female", 21),
        ("10", "male", 32),
        ("11", "male", 26),
        ("12", "male", 30),
        ("13", "female", 32),
        ("14", "female", 35),
        ("15", "male", 25),
        ("16", "female", 31),
    ],
    columns=["speaker", "gender", "age"],
)
_LAYOUT = Layout(
    title="EmoDB",
    obtain="http://emodb.bilderbar.info/download",
    signs=("wav/??[ab]????.*",),
    example="wav/03a01Fa.wav",
    stem=re.compile(rf"(?P<speaker>{'|'.join(_SPEAKERS['speaker'])})(?P<sentence>[ab]\d\d)(?P<emotion>[WLEAFTN])[a-z]"),
)


class EmoDB(CorpusReader):
    """Berlin Database of Emotional Speech: 10 German actors, 7 emotions, gender and age."""

    source: ClassVar[str] = "Burkhardt et al. 2005, A database of German emotional speech"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            "Burkhardt et al. 2005, as released",
            utterances={
                "emotion": {
                    "angry": 127,
                    "bored": 81,
                    "neutral": 79,
                    "happy": 71,
                    "fearful": 69,
                    "sad": 62,
                    "disgust": 46,
                }
            },
            speakers={"gender": {"female": 5, "male": 5}},
            all_utterances=535,
            all_speakers=10,
        ),
    )
    name: Literal["emodb"] = "emodb"
    corpus: CorpusName = "emodb"
    path: str = "emodb"
    """The folder that holds ``wav/``: absolute, or below the data root."""

    def read(self, context: ReadContext) -> Corpus:
        """The utterances, with their ``sentence``, and the speakers, with ``gender`` and ``age`` (years)."""
        folder = _LAYOUT.folder(context, self.path)
        rows = [
            (path.stem, str(path), parts["speaker"], _EMOTIONS[parts["emotion"]], parts["sentence"])
            for path, parts in _LAYOUT.audio(folder, "wav/*")
        ]
        utterances = pd.DataFrame(rows, columns=["utterance", "path", "speaker", "emotion", "sentence"])
        speakers = _SPEAKERS[_SPEAKERS["speaker"].isin(utterances["speaker"])].reset_index(drop=True)
        return Corpus(self.corpus, utterances, speakers)
