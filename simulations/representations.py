"""The ``representations`` key: what the trained models' own embeddings of utterances tell, beside what updates tell."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from fedser.config import Frozen
from simulations.readers import ReaderConfig
from simulations.readers.logistic import LogisticReader
from simulations.readers.mlp import NetworkReader

INPUTS = "inputs"
"""The name of what stands beside the trainings: the same readers on the inputs themselves."""

Share = Annotated[float, Field(gt=0, le=1)]


class Representations(Frozen):
    """Readers learn the attribute on frozen embeddings, of the shadow corpora, and of other private speakers."""

    layers: Literal["last", "all"] = Field("last", description="the last hidden layer, or every hidden layer")
    readers: tuple[ReaderConfig, ...] = Field((LogisticReader(), NetworkReader()), min_length=1)
    labelled: Share = Field(
        1.0,
        description="share of the other private speakers of each value whose value is known to the reader within the"
        " corpus; at least two of each",
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [reader.name for reader in self.readers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"readers: given more than once: {', '.join(twice)}")
        return self

    def of(self, hidden: Sequence[str]) -> Sequence[str]:
        """Those of a model's ``hidden`` layers, input side first, that are read."""
        return hidden[-1:] if self.layers == "last" else hidden


def untaught(folds: Sequence[Sequence[str]], speakers: pd.DataFrame, column: str) -> Iterator[str]:
    """Why no reader within the corpus can learn ``column``, fold by fold, with what would help.

    It learns from the persons of all other folds, of whom two must have one value, and two another.
    """
    whose = speakers.get("person", speakers["speaker"])
    for number, fold in enumerate(folds):
        others = ~speakers["speaker"].isin(list(fold))
        times = whose[others].groupby(speakers.loc[others, column]).nunique()
        if (times > 1).sum() < 2:
            told = ", ".join(f"{count} {value}" for value, count in times.items()) or "nobody"
            yield (
                f"representations: beside fold {number} of the private corpus, there are {told}, but a reader learns"
                f" within the corpus from two speakers of each of two values at least (choose more partition.folds, or"
                " leave representations out)"
            )
