"""NRC-VAD: 20,000 English words with valence, arousal and dominance (Mohammad 2018), from the user's own copy.

A table divided by tabs with the head ``Word Valence Arousal Dominance`` (version 1: 0 to 1) or ``term valence arousal
dominance`` (version 2: -1 to 1).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from fedser.errors import InputError
from simulations.text.lexicons.files import lexicon_text
from simulations.text.lexicons.ratings import Ratings, columns, share

_COLUMNS = {"valence": "valence", "activation": "arousal"}


class NRCVAD(Ratings):
    """NRC-VAD's valence and arousal of words, from the user's own copy."""

    source: ClassVar[str] = "Mohammad 2018, Obtaining Reliable Human Ratings of Valence, Arousal, and Dominance"
    licence: ClassVar[str] = "free for research; not to be passed on"
    dimensions: ClassVar[tuple[str, ...]] = ("valence", "activation")
    name: Literal["nrc_vad"] = "nrc_vad"
    path: str = Field("text/lexicons/NRC-VAD-Lexicon.txt", description="the table, below data_root")

    def rated(self, dimension: str, root: Path) -> Mapping[str, float]:
        """As of every lexicon; on the scale 0 to 1, or -1 to 1 where any number is negative."""
        text = lexicon_text(
            root, self.path, "the NRC-VAD lexicon", "https://saifmohammad.com/WebPages/nrc-vad.html, for research"
        )
        head, *rows = columns(text, self.path, 4) or [[]]
        names = [cell.strip().lower() for cell in head]
        if _COLUMNS[dimension] not in names:
            raise InputError(f"{self.path}:1: no column {_COLUMNS[dimension]}; the columns are {', '.join(names)}")
        column = names.index(_COLUMNS[dimension])
        low = -1.0 if any(row[column].strip().startswith("-") for row in rows) else 0.0
        return {row[0].strip().lower(): share(row[column], low, 1.0, self.path) for row in rows}
