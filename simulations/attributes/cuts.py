"""Numbers cut into classes with readable names, and columns read as numbers."""

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from fedser.corpora import Corpus
from fedser.corpora.layout import listed
from fedser.errors import InputError


def names_of(edges: Sequence[float]) -> tuple[str, ...]:
    """``under 30``, ``30 to under 50``, ``50 or more`` for the ascending edges 30 and 50."""
    between = [f"{low:g} to under {high:g}" for low, high in pairwise(edges)]
    return (f"under {edges[0]:g}", *between, f"{edges[-1]:g} or more")


def cut(numbers: "pd.Series[Any]", edges: Sequence[float]) -> "pd.Series[Any]":
    """The name of the class of each number; NaN where it is not known."""
    names = np.array(names_of(edges), dtype=object)
    classes = pd.Series(names[np.searchsorted(edges, numbers.to_numpy(float), side="right")], numbers.index)
    return classes.mask(numbers.isna())


def in_order(names: Collection[str]) -> tuple[str, ...]:
    """Names that ``names_of`` made, from the lowest class to the highest."""
    return tuple(sorted(names, key=lambda name: -np.inf if name.startswith("under") else float(name.split()[0])))


def numbers_of(corpus: Corpus, column: str) -> "pd.Series[Any]":
    """A column of the speakers' table as float64, NaN where it is not known; raises InputError where it is words."""
    known = corpus.speakers[column]
    told = known.astype("str").mask(known.isna())
    numbers = pd.to_numeric(told, errors="coerce").astype(np.float64)
    wrong = told[told.notna() & ~np.isfinite(numbers)]
    if len(wrong):
        raise InputError(
            f"corpus {corpus.name}: {column} is no number: {listed(map(repr, sorted(set(wrong))))}"
            f" (attribute: {column} infers such values as the words that they are)"
        )
    return numbers
