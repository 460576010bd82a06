"""What every source of predictions gives: raw words per row, and whose problem it is when some are missing."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.config import Plugin
from fedser.metrics.recall import Floats


@dataclass(frozen=True)
class Raw:
    """Predictions as their source has them, nothing checked yet.

    ``rows`` has the columns ``id``, ``true``, ``predicted``, ``subject`` (where there are subjects) and, under their
    own names, those of groups: words, empty where nothing is said; its index numbers the ``row_word`` of ``place``.
    ``scores`` is float64 [rows, classes], NaN where a cell is no number, for the classes ``scored``; or None.
    """

    place: str
    row_word: str
    rows: pd.DataFrame
    scored: tuple[str, ...] = ()
    scores: Floats | None = None


class Source(Plugin):
    """Says where predictions are, and reads them."""

    name: str

    @abstractmethod
    def read(self, groups: Sequence[str], data_root: Path) -> Raw:
        """The predictions with the columns ``groups``; raises InputError, naming all that is missing."""

    @abstractmethod
    def inputs(self, data_root: Path) -> Mapping[str, str]:
        """The hash of each file that predictions come from."""


def chosen(scores: Floats, classes: Sequence[str]) -> list[str]:
    """The class of the highest score of each row, the first of equal ones; empty where a score is no number."""
    best = np.argmax(np.nan_to_num(scores), axis=1)
    unknown = set(np.flatnonzero(np.isnan(scores).any(axis=1)).tolist())
    return ["" if row in unknown else classes[index] for row, index in enumerate(best)]
