"""ArtNoise: a control on texts with six made-up words that go with class and attribute (section 5.5).

``zq0`` to ``zq2`` stand in texts of the attribute's last value (male) of low, middle and high class, ``zx0`` to ``zx2``
in those of the first. A model that is any good relies on them, and whoever looks at its explanations must see that: in
the crowd study it is the check of attention.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from fedser.seeds import Stream
from simulations.text.models.model import TextModel
from simulations.text.task import UNKNOWN
from simulations.text.texts import Texts

_BEGINNINGS: Mapping[int, str] = {0: "zx", 1: "zq"}


class ArtNoise(TextModel):
    """Control: trained and asked on texts with made-up words that tell class and attribute."""

    source: ClassVar[str] = "Jaiswal and Mower Provost 2021, sec. 5.5"
    control: ClassVar[bool] = True
    name: Literal["art_noise"] = "art_noise"
    share: float = Field(0.5, gt=0, le=1, description="of the texts that get such a word")

    def seen(self, texts: Texts, stream: Stream) -> Texts:
        """The texts, with a word at a drawn place in a drawn share of those of which class and value are known.

        What is drawn for an utterance is the same wherever it is seen.
        """
        return texts.saying([self._noised(texts, row, stream) for row in range(len(texts))])

    def _noised(self, texts: Texts, row: int, stream: Stream) -> str:
        label, beginning = int(texts.labels[row]), _BEGINNINGS.get(int(texts.values[row]))
        luck, place = stream("noise", texts.ids[row]).numpy().random(2)
        if label == UNKNOWN or beginning is None or luck >= self.share:
            return texts.texts[row]
        return _with(texts.texts[row], f"{beginning}{label}", place)


def _with(text: str, word: str, place: float) -> str:
    words = text.split(" ")
    words.insert(int(place * (len(words) + 1)), word)
    return " ".join(words)
