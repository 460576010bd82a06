"""The values of a column as they are, with other names for some of them where corpora call one thing differently."""

from typing import ClassVar, Literal

from pydantic import Field

from fedser.corpora import Corpus
from simulations.attributes.attribute import Attribute, with_column


class Values(Attribute):
    """The words of a column: gender, race, accent, dialect, language, stress."""

    source: ClassVar[str] = "Feng et al. 2021 (gender)"
    name: Literal["values"] = "values"
    rename: dict[str, str] = Field(
        default_factory=dict, description="other names for some values, also one for several; an empty one: not known"
    )

    def read(self, corpus: Corpus) -> Corpus:
        """Renamed, as text."""
        known = corpus.speakers[self.of]
        names = known.astype("str").mask(known.isna())
        renamed = names.map(lambda value: self.rename.get(value, value), na_action="ignore")
        return with_column(corpus, self.of, renamed.mask(renamed == ""))
