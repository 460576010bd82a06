"""What is a number and not a class: dimensions of emotion, ages, durations, how much each speaker says."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from fedser.corpora import Corpus
from fedser.corpora.labels import NUMBER_LABELS
from simulations.corpus_report.headers import Headers


@dataclass(frozen=True)
class Numbers:
    """``what`` was measured, in how many, and how it spreads; ``sd`` is the sample's standard deviation."""

    what: str
    of: str
    n: int
    mean: float
    sd: float
    min: float
    median: float
    max: float
    total: float

    @classmethod
    def of_values(cls, what: str, of: str, values: pd.Series) -> "Numbers":
        """The numbers of ``values``, those that are not known left out; at least one is."""
        known = values.dropna().astype("float64")
        return cls(
            what, of, len(known), known.mean(), known.std(), known.min(), known.median(), known.max(), known.sum()
        )


def measure(corpus: Corpus, headers: Headers | None) -> list[Numbers]:
    """The numbers of all that is known of at least one."""
    return [
        Numbers.of_values(what, of, values) for what, of, values in _measured(corpus, headers) if values.notna().any()
    ]


def _measured(corpus: Corpus, headers: Headers | None) -> Iterator[tuple[str, str, pd.Series]]:
    utterances = corpus.utterances
    for label in NUMBER_LABELS:
        if label in utterances:
            yield label, "utterances", utterances[label]
    if headers is not None:
        yield "seconds", "utterances", utterances["path"].map(headers.seconds)
    if "text" in utterances:
        yield "words", "utterances", utterances["text"].str.split().str.len()
    yield "utterances", "speakers", utterances["speaker"].value_counts()
    for attribute in corpus.attributes:
        if pd.api.types.is_numeric_dtype(corpus.speakers[attribute]):
            yield attribute, "speakers", corpus.speakers[attribute]
