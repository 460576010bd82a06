"""Politeness markers and hedges by strategy (Danescu-Niculescu-Mizil et al. 2013), as one JSON file of lists."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from simulations.text.lexicons.entries import Entries
from simulations.text.lexicons.files import chosen, lexicon_json
from simulations.text.lexicons.word_list import WordList


class Politeness(WordList):
    """Hedges, thanks, apologies, deference, persons: the word lists of the Stanford politeness corpus."""

    source: ClassVar[str] = "Danescu-Niculescu-Mizil et al. 2013, A computational approach to politeness"
    licence: ClassVar[str] = "Apache-2.0"
    name: Literal["politeness"] = "politeness"
    path: str = Field("text/lexicons/politeness_markers.json", description="below data_root")
    categories: tuple[str, ...] = Field((), description="which of its lists; by default all")

    def entries(self, root: Path) -> Entries:
        """Its words, by list."""
        obtain = "https://github.com/sudhof/politeness, the lists of features/politeness_strategies.py as JSON"
        found = lexicon_json(root, self.path, "the politeness markers", obtain)
        return Entries.of(chosen(self.path, found, self.categories))
