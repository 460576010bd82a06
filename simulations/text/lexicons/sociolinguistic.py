"""Categories of words that people take as signs of gender, as far as a list of our own goes.

The categories are those that Jaiswal and Mower Provost 2021 take from LIWC (section 6.1): hedges, tags, referential
language, profanity, first person, politeness. The words were chosen here, after what Newman, Groom, Handelman and
Pennebaker 2008 and Lakoff 1973 describe; they are few, and stand in where LIWC is not to be had.
"""

import csv
from importlib.resources import files
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from simulations.text.lexicons.entries import Entries
from simulations.text.lexicons.files import chosen
from simulations.text.lexicons.word_list import WordList

_TABLE = "tables/sociolinguistic.csv"


class Sociolinguistic(WordList):
    """Hedges, tags, referential language, profanity, first person, politeness: a short list of our own."""

    source: ClassVar[str] = "categories of Jaiswal and Mower Provost 2021, sec. 6.1; Newman et al. 2008"
    licence: ClassVar[str] = "this project's"
    name: Literal["sociolinguistic"] = "sociolinguistic"
    categories: tuple[str, ...] = Field((), description="which of them; by default all")

    def entries(self, root: Path) -> Entries:
        """Its words; it lies in the package."""
        lists: dict[str, list[str]] = {}
        with (files("simulations.text") / _TABLE).open(encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                lists.setdefault(row["category"], []).append(row["entry"])
        return Entries.of(chosen(self.name, lists, self.categories))
