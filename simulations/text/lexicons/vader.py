"""VADER's 7,500 words, emoticons and abbreviations with valence from -4 to 4 (Hutto and Gilbert 2014)."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from simulations.text.lexicons.files import lexicon_text
from simulations.text.lexicons.ratings import Ratings, second_column


class Vader(Ratings):
    """The words of VADER, each with the mean of ten ratings of its valence."""

    source: ClassVar[str] = "Hutto and Gilbert 2014, VADER"
    licence: ClassVar[str] = "MIT"
    name: Literal["vader"] = "vader"
    path: str = Field("text/lexicons/vader_lexicon.txt", description="below data_root")

    def rated(self, dimension: str, root: Path) -> Mapping[str, float]:
        """As of every lexicon."""
        text = lexicon_text(root, self.path, "vader_lexicon.txt", "https://github.com/cjhutto/vaderSentiment")
        return second_column(text, self.path, -4.0, 4.0)
