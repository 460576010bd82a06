"""Groups that are compared with each other: the values of one column, or of several at once."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from fedser.metrics.people import People
from fedser.metrics.recall import Ints
from simulations.attributes.groups import Groups
from simulations.bias.audit import Audit
from simulations.bias.predictions import Predictions

CROSS = " \N{MULTIPLICATION SIGN} "


@dataclass(frozen=True)
class Grouping:
    """A name such as ``gender``, its groups in order, and each row's group: ``codes`` [rows].

    ``reference`` is the place of the group that others are compared with. ``units`` [rows] is whose each row is.
    """

    name: str
    values: tuple[str, ...]
    codes: Ints
    reference: int
    units: Ints

    @cached_property
    def people(self) -> People:
        """One entry per row: its group and its person."""
        return People(self.codes, self.units)

    @property
    def sizes(self) -> Ints:
        """Rows of each group."""
        sizes: Ints = np.bincount(self.codes, minlength=len(self.values))
        return sizes

    def by_group(self, cells: Ints, number: int) -> Ints:
        """``cells`` [rows] of 0 .. number - 1, numbered over all groups."""
        return self.codes * number + cells

    def persons(self, rows: "np.ndarray[Any, np.dtype[np.bool_]]") -> Ints:
        """How many persons of each group are behind the chosen ``rows`` [rows]."""
        pairs = np.unique(np.column_stack([self.codes[rows], self.units[rows]]), axis=0)
        counted: Ints = np.bincount(pairs[:, 0], minlength=len(self.values))
        return counted


def groupings(audit: Audit, predictions: Predictions) -> list[Grouping]:
    """Those of single columns, in the order of the config, and those of several."""
    ordered = {group.column: group for group in audit.groups if isinstance(group, Groups)}
    found = []
    for columns in [(column,) for column in audit.columns] + list(audit.crossed):
        words = predictions.groups[list(columns)].agg(CROSS.join, axis=1)
        single = ordered.get(columns[0]) if len(columns) == 1 else None
        values = single.ordered(set(words)) if single else tuple(sorted(set(words)))
        found.append(_grouping(audit, columns, words, values, predictions.subjects))
    return found


def _grouping(
    audit: Audit, columns: tuple[str, ...], words: "pd.Series[str]", values: tuple[str, ...], units: Ints
) -> Grouping:
    places = {value: place for place, value in enumerate(values)}
    reference = _reference(audit, columns, words, values)
    return Grouping(CROSS.join(columns), values, words.map(places).to_numpy(np.int64), places[reference], units)


def _reference(audit: Audit, columns: tuple[str, ...], words: "pd.Series[str]", values: tuple[str, ...]) -> str:
    """The given one; of several columns that of the given ones of all; else the largest group."""
    if all(column in audit.reference for column in columns):
        given = CROSS.join(audit.reference[column] for column in columns)
        if given in values:
            return given
    sizes = Counter(words)
    return max(values, key=lambda value: sizes[value])
