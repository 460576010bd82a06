"""Tables of a corpus that is tables alone: where they lie, what their cells mean, and each mistake with its line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fedser.corpora.layout import listed
from fedser.corpora.release import Release
from fedser.corpora.table import read_table
from fedser.errors import InputError, Problems


@dataclass(frozen=True)
class Sheet:
    """One table of a release: its cells as text, under its own column names, indexed by line number.

    Each method gives a column as what it means, on the same index, and notes in ``problems`` what cannot be meant.
    """

    path: Path
    cells: pd.DataFrame
    problems: Problems

    def filled(self, column: str) -> pd.Series:
        """``column`` as it stands in the file, without blanks around it; never empty."""
        self._refuse(column, self.cells[column] == "", "says nothing")
        return self.cells[column]

    def matching(self, column: str, pattern: re.Pattern[str], wanted: str) -> pd.Series:
        """``column``, each cell of which is wholly what ``pattern`` describes and ``wanted`` calls it."""
        self._refuse(column, ~self.cells[column].str.fullmatch(pattern), f"is not {wanted}")
        return self.cells[column]

    def named(self, column: str, names: Mapping[str, str]) -> pd.Series:
        """``column`` with its codes as the ``names`` of them (empty for those refused)."""
        self._refuse(column, ~self.cells[column].isin(list(names)), f"is not one of {', '.join(names)}")
        return self.cells[column].map(names).fillna("")

    def whole(self, column: str) -> pd.Series:
        """``column`` as whole numbers (int64, 0 for those refused)."""
        good = self.cells[column].str.fullmatch(r"\d{1,9}")
        self._refuse(column, ~good, "is not a whole number")
        return self.cells[column].where(good, "0").astype("int64")

    def within(self, column: str, low: float, high: float) -> pd.Series:
        """``column`` as float64, from ``low`` to ``high``."""
        values = pd.to_numeric(self.cells[column], errors="coerce").astype("float64")
        self._refuse(column, ~values.between(low, high), f"is not a number from {low:g} to {high:g}")
        return values

    def _refuse(self, column: str, wrong: pd.Series, why: str) -> None:
        for value, cells in self.cells[column][wrong].groupby(self.cells[column][wrong]):
            more = f" (nor on line {listed(cells.index[1:], 3)})" if len(cells) > 1 else ""
            self.problems.add(f"{self.path}:{cells.index[0]}", f"{column} {value!r} {why}{more}")


@dataclass(frozen=True)
class SheetRelease(Release):
    """A corpus that is distributed as tables."""

    def sheets(
        self, folder: Path, files: Mapping[str, str], columns: Sequence[str], problems: Problems
    ) -> dict[str, Sheet]:
        """By the keys of ``files``, the ``columns`` of each of them (CSV); those that cannot be read are a problem."""
        found = {}
        for key, name in files.items():
            with problems.collect(InputError):
                path = self.file(folder, name)
                found[key] = Sheet(path, read_table(path, ",", {column: column for column in columns}), problems)
        return found

    def file(self, folder: Path, name: str) -> Path:
        """The file ``name`` of the release; raises InputError where it is missing."""
        path = folder / name
        if not path.is_file():
            raise InputError(f"{path}: no such file; it is part of {self.title} ({self.obtain})")
        return path
