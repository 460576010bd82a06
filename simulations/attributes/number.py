"""A number, which every attack infers by classes: the attacker cuts its shadow persons' numbers at their quantiles.

Attacks learn these bins. An estimate is the expectation of the bins' means under an attack's scores, as Rothe et al.
2018 read an age off the probabilities of age classes.
"""

from collections.abc import Collection, Sequence
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from fedser.corpora import Corpus
from fedser.errors import InputError
from fedser.metrics.recall import Floats
from simulations.attributes.attribute import Attribute, with_column
from simulations.attributes.cuts import cut, in_order, numbers_of
from simulations.scoring.tables import Scale


class Number(Attribute):
    """A number, such as age: the attack's estimate is the mean of its bins, weighted by their scores."""

    source: ClassVar[str] = "Rothe et al. 2018 (expected value over age classes)"
    name: Literal["number"] = "number"
    bins: int = Field(4, ge=2, description="quantile bins of the shadow persons' numbers that attacks learn")

    @property
    def column(self) -> str:
        """``age_bin`` for age."""
        return f"{self.of}_bin"

    def read(self, corpus: Corpus) -> Corpus:
        """With ``of`` as float64, and the bin yet empty where it is known; raises InputError where it is words."""
        numbers = numbers_of(corpus, self.of)
        read = with_column(corpus, self.of, numbers)
        return with_column(read, self.column, numbers.astype("str").mask(numbers.isna()))

    def settled(self, private: Sequence[Corpus], shadow: Sequence[Corpus]) -> tuple[list[Corpus], list[Corpus]]:
        """With each speaker's bin between quantiles of the shadow persons (of the private ones where there are none).

        Raises InputError where too few numbers differ.
        """
        edges = self._edges(np.concatenate([_of_persons(corpus.speakers, self.of) for corpus in shadow or private]))
        binned = [
            [with_column(corpus, self.column, cut(corpus.speakers[self.of], edges)) for corpus in group]
            for group in (private, shadow)
        ]
        return binned[0], binned[1]

    def ordered(self, values: Collection[str]) -> tuple[str, ...]:
        """From the lowest bin up."""
        return in_order(values)

    def scale(self, shadow: pd.DataFrame, values: Sequence[str]) -> Scale:
        """What the shadow speakers' table says of the bins ``values`` (Rothe et al. 2018, eq. 1) and of all."""
        means = [_of_persons(shadow[shadow[self.column] == value], self.of).mean() for value in values]
        return Scale(np.array(means), float(np.median(_of_persons(shadow, self.of))))

    def _edges(self, numbers: Floats) -> tuple[float, ...]:
        """Quantiles of the numbers, each once, none of which leaves nobody below it."""
        inner = np.quantile(numbers, np.arange(1, self.bins) / self.bins, method="inverted_cdf")
        edges = tuple(float(edge) for edge in np.unique(inner) if edge > numbers.min())
        if len(edges) < self.bins - 1:
            raise InputError(
                f"attribute.bins: {self.bins}, but the {self.of} of {len(numbers)} persons can be cut into"
                f" {len(edges) + 1} such bins only: choose fewer bins"
            )
        return edges


def _of_persons(speakers: pd.DataFrame, column: str) -> Floats:
    """Each person's numbers, each once, however many sessions he or she has."""
    whose = "person" if "person" in speakers else "speaker"
    each = speakers[[whose, column]].astype({column: float}).dropna().drop_duplicates()
    numbers: Floats = each[column].to_numpy(np.float64)
    return numbers
