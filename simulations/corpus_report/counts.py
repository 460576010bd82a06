"""How many utterances and speakers there are, in all and by every label and attribute."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

import pandas as pd

from fedser.corpora import Corpus
from fedser.corpora.labels import CLASS_LABELS

UNKNOWN = "not known"
"""The value of those of whom nothing is told."""

ALL = "all"
"""The column, and the value, under which everything is counted."""

Of = Literal["utterances", "speakers"]


class Key(NamedTuple):
    """What is counted: the utterances, or speakers, that have ``value`` in ``column``."""

    of: Of
    column: str
    value: str


class Count(NamedTuple):
    """How many there are in the tables, and of how many there is a file (of a speaker: at least one)."""

    ours: int
    with_file: int


NONE = Count(0, 0)
Counts = dict[Key, Count]


def count(corpus: Corpus, printed: Iterable[str] = ()) -> Counts:
    """The counts of all labels of classes, of the parts of an official division, of the attributes, and by speaker.

    Others may have ``printed`` counts by some other column of the utterances, which is then counted as well.
    """
    utterances, speakers = corpus.utterances, corpus.speakers.set_index("speaker")
    heard = file_of(corpus).notna()
    present = pd.Series(speakers.index.isin(utterances.loc[heard, "speaker"]), speakers.index)
    counts = dict(_by("utterances", ALL, heard.map(lambda _: ALL), heard))
    counts |= _by("speakers", ALL, present.map(lambda _: ALL), present)
    for column in dict.fromkeys((*CLASS_LABELS, "split", *printed)):
        if column in utterances:
            counts |= _by("utterances", column, utterances[column], heard)
    for attribute in corpus.attributes:
        counts |= _by("speakers", attribute, speakers[attribute], present)
        counts |= _by("utterances", attribute, utterances["speaker"].map(speakers[attribute]), heard)
    return counts | dict(_by("utterances", "speaker", utterances["speaker"], heard))


def file_of(corpus: Corpus) -> pd.Series:
    """The file of each utterance, empty where there is none."""
    return corpus.utterances.get("path", pd.Series(index=corpus.utterances.index, dtype="str"))


def columns(keys: Iterable[Key]) -> list[str]:
    """What is counted by, in order, but for the speakers."""
    return [column for column in dict.fromkeys(key.column for key in keys) if column not in (ALL, "speaker")]


def values(keys: Iterable[Key], column: str) -> list[str]:
    """The values of ``column``."""
    return list(dict.fromkeys(key.value for key in keys if key.column == column))


def _by(of: Of, column: str, cells: pd.Series, there: pd.Series) -> Iterator[tuple[Key, Count]]:
    """The counts of each value: numbers in their order, names by how often they occur, and last what is not known."""
    groups = there.groupby(cells, dropna=False).agg(["size", "sum"])
    if not pd.api.types.is_numeric_dtype(cells):
        groups = groups.sort_values("size", ascending=False, kind="stable")
    groups = pd.concat([groups[groups.index.notna()], groups[groups.index.isna()]])
    for value, size, with_file in groups.itertuples():
        yield Key(of, column, _shown(value)), Count(int(size), int(with_file))


def _shown(value: Any) -> str:
    if pd.isna(value):
        return UNKNOWN
    return f"{value:g}" if isinstance(value, float) else str(value)
