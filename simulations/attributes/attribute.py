"""What every attacked attribute is: a column of words in the speakers' tables, one of which an attack answers with."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from pydantic import Field

from fedser.config import Plugin
from fedser.corpora import Corpus


class Attribute(Plugin):
    """Says of which column it is made, and makes its own of it."""

    name: str
    of: str = Field(description="the column of the speakers' tables that it is made of")

    @property
    def title(self) -> str:
        """Its name in tables and in the report."""
        return self.of

    @property
    def column(self) -> str:
        """The column of words that attacks learn and answer with; its own, or ``of`` where that is one already."""
        return self.of

    @abstractmethod
    def read(self, corpus: Corpus) -> Corpus:
        """The corpus with the attribute in the speakers' table, NaN where it is not known.

        Raises InputError where ``of``, which is there, cannot be read so.
        """

    def settled(self, private: Sequence[Corpus], shadow: Sequence[Corpus]) -> tuple[list[Corpus], list[Corpus]]:
        """The corpora with all that can be said only when the attacker's are known; raises InputError as ``read``."""
        return [*private], [*shadow]

    def ordered(self, values: Collection[str]) -> tuple[str, ...]:
        """The values in the order in which they are told."""
        return tuple(sorted(values))


def with_column(corpus: Corpus, column: str, values: "pd.Series[Any]") -> Corpus:
    """The corpus with such a column in its speakers' table."""
    return replace(corpus, speakers=corpus.speakers.assign(**{column: values}))
