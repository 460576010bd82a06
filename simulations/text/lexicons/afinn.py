"""AFINN: 3,400 English words with valence, whole numbers from -5 to 5 (Nielsen 2011)."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from simulations.text.lexicons.files import lexicon_text
from simulations.text.lexicons.ratings import Ratings, second_column


class Afinn(Ratings):
    """The words of AFINN-165 with their valence."""

    source: ClassVar[str] = "Nielsen 2011, A new ANEW"
    licence: ClassVar[str] = "Apache-2.0"
    name: Literal["afinn"] = "afinn"
    path: str = Field("text/lexicons/AFINN-en-165.txt", description="below data_root")

    def rated(self, dimension: str, root: Path) -> Mapping[str, float]:
        """As of every lexicon."""
        text = lexicon_text(root, self.path, "AFINN-en-165.txt", "https://github.com/fnielsen/afinn")
        return second_column(text, self.path, -5.0, 5.0)
