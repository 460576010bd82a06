"""A number cut into groups at edges that are given, such as age groups."""

from collections.abc import Collection
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from fedser.corpora import Corpus
from simulations.attributes.attribute import Attribute, with_column
from simulations.attributes.cuts import cut, in_order, numbers_of


def _ascending(edges: tuple[float, ...]) -> tuple[float, ...]:
    if not edges or any(low >= high for low, high in pairwise(edges)):
        raise ValueError(f"should be one edge or more, each above the one before, got {list(edges)}")
    return edges


class Groups(Attribute):
    """A number's groups between given edges: ``under 30``, ``30 to under 50``, ``50 or more``."""

    source: ClassVar[str] = "age groups as in the Interspeech 2010 Paralinguistic Challenge (Schuller et al. 2010)"
    name: Literal["groups"] = "groups"
    edges: Annotated[tuple[float, ...], AfterValidator(_ascending)] = Field(
        strict=False,  # beside a plain name, what is given comes as a list
        description="where a group ends and the next begins; an edge belongs to the upper one",
    )

    @property
    def title(self) -> str:
        """``age_group`` for age."""
        return f"{self.of}_group"

    @property
    def column(self) -> str:
        """As its title."""
        return self.title

    def read(self, corpus: Corpus) -> Corpus:
        """With the column of groups; raises InputError where ``of`` is words."""
        return with_column(corpus, self.column, cut(numbers_of(corpus, self.of), self.edges))

    def ordered(self, values: Collection[str]) -> tuple[str, ...]:
        """From the lowest group up."""
        return in_order(values)
