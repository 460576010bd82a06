"""What a user's table calls its columns, and which of its rows count."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import pandas as pd
from pydantic import model_validator

from fedser.config import Frozen
from fedser.corpora.labels import LABELS
from fedser.corpora.layout import listed
from fedser.errors import Problems

Values = Mapping[str, tuple[str, ...]]
"""Some values of some columns, by the name that the CSV gives the column."""

_CELLS = "cells of "
"""Before the name of a column that is read to choose rows by: it may be one that has another meaning as well."""


class Columns(Frozen):
    """What the CSV calls its columns; null for one that is not there."""

    utterance: str | None = None
    """The utterance's id; without such a column it is the path, and without that one the number of the line."""
    path: str | None = "path"
    """The file, relative to the audio root or absolute."""
    text: str | None = None
    speaker: str = "speaker"
    session: str | None = None
    emotion: str | None = "emotion"
    sentiment: str | None = None
    toxicity: str | None = None
    valence: str | None = None
    """A number, on a scale of the user's own, as are activation and dominance."""
    activation: str | None = None
    dominance: str | None = None
    split: str | None = None
    """The part of an official division (training, development, test) that the utterance belongs to."""

    @model_validator(mode="after")
    def _something_is_said(self) -> Self:
        if self.path is None and self.text is None:
            raise ValueError("a corpus has files or texts: path or text must name a column")
        return self

    @property
    def given(self) -> dict[str, str]:
        """Those that are there: our name, and the CSV's."""
        return {ours: theirs for ours, theirs in self.model_dump().items() if theirs is not None}

    @property
    def labels(self) -> tuple[str, ...]:
        """Those of ``LABELS`` that are there."""
        return tuple(label for label in LABELS if label in self.given)


def filter_columns(*filters: Values) -> dict[str, str]:
    """The columns that rows are chosen by, as ``read_table`` wants them."""
    return {_CELLS + column: column for values in filters for column in values}


def select(
    csv: Path, table: pd.DataFrame, keep: Values, drop: Values, problems: Problems
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rows with a value of ``keep`` and none of ``drop``, and how many others there are, by the value they have.

    A value that never occurs is a problem: it is a slip of the pen, and the rows it means would stay or go.
    """
    reasons = pd.Series("", index=table.index)
    for key, filters in (("keep", keep), ("drop", drop)):
        for column, values in filters.items():
            cells = table[_CELLS + column]
            if never := sorted(set(values) - set(cells)):
                found = listed(sorted(set(cells)))
                problems.add(csv, f"{key}.{column}: {listed(map(repr, never))} never occurs; the values are {found}")
            out = (cells.isin(values) == (key == "drop")) & (reasons == "")
            reasons = reasons.mask(out, [f"{column} {cell}" if cell else f"no {column}" for cell in cells])
    if (reasons != "").all():
        problems.add(csv, "keep and drop leave no row")
    counts = reasons[reasons != ""].groupby(reasons, sort=False).size()
    return table[reasons == ""], {str(reason): int(count) for reason, count in counts.items()}
