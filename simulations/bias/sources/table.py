"""A table of predictions, from whatever made them: CSV, or parquet."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from fedser.artifacts.files import file_hash
from fedser.corpora.table import read_table
from fedser.errors import InputError, Problems
from simulations.bias.sources.source import Raw, Source, chosen

_PARQUET = (".parquet", ".pq")


class Table(Source):
    """A table (CSV or parquet) with a row per prediction: true class, predicted class or scores, groups."""

    source: ClassVar[str] = "the audit's own format; columns may have any names"
    name: Literal["table"] = "table"
    path: str = Field(description="the file, below data_root")
    id: str | None = Field(None, description="the column of the rows' names; by default their numbers")
    true: str = Field("true", description="the column of true classes")
    predicted: str | None = Field(
        None, description="the column of predicted classes; by default `predicted`, or the class of the highest score"
    )
    scores: Annotated[dict[str, str], Field(min_length=2)] | None = Field(
        None, description="the column of each class's probability, by class"
    )
    subject: str | None = Field(
        None, description="the column that says whose row it is; by default each row is another person's"
    )

    def read(self, groups: Sequence[str], data_root: Path) -> Raw:
        """As of every source; a column that is none, or is there twice, is named with those that there are."""
        path = data_root / self.path
        if not path.is_file():
            raise InputError(f"{path}: no such table of predictions")
        parquet = path.suffix.lower() in _PARQUET
        cells = (_parquet if parquet else _csv)(path, self._columns(groups))
        rows = cells[[name for name in cells if not name.startswith("score:")]].copy()
        if self.id is None:
            rows["id"] = [str(number) for number in rows.index]
        classes = tuple(self.scores or ())
        scores = None
        if self.scores is not None:
            scores = _numbers(cells[[f"score:{name}" for name in classes]])
            if self.predicted is None:
                rows["predicted"] = chosen(scores, classes)
        return Raw(str(path), "row" if parquet else "line", rows, classes, scores)

    def inputs(self, data_root: Path) -> Mapping[str, str]:
        """The table's hash."""
        return {self.path: file_hash(data_root / self.path)}

    def _columns(self, groups: Sequence[str]) -> dict[str, str]:
        """The names that columns get here, and theirs in the file."""
        predicted = self.predicted or (None if self.scores else "predicted")
        wanted = {"id": self.id, "true": self.true, "predicted": predicted, "subject": self.subject}
        named = {ours: theirs for ours, theirs in wanted.items() if theirs is not None}
        scores = {f"score:{label}": column for label, column in (self.scores or {}).items()}
        return named | {group: group for group in groups} | scores


def _csv(path: Path, wanted: Mapping[str, str]) -> pd.DataFrame:
    return read_table(path, ",", wanted)


def _parquet(path: Path, wanted: Mapping[str, str]) -> pd.DataFrame:
    """The wanted columns as words, indexed by row number from 1."""
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        names = list(file.schema_arrow.names)
        problems = Problems()
        for column in dict.fromkeys(wanted.values()):
            if names.count(column) != 1:
                fault = "more than one column" if column in names else "no column"
                problems.add(path, f"{fault} {column!r}; the columns are {', '.join(names)}")
        problems.raise_if_any(InputError)
        table = file.read(columns=list(dict.fromkeys(wanted.values())))
    except pyarrow.ArrowException as error:
        raise InputError(f"{path}: not a parquet file ({error})") from error
    cells = {ours: [_word(value) for value in table[theirs].to_pylist()] for ours, theirs in wanted.items()}
    if not table.num_rows:
        raise InputError(f"{path}: a table without rows")
    return pd.DataFrame(cells, index=range(1, table.num_rows + 1))


def _word(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()


def _numbers(cells: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.column_stack([pd.to_numeric(cells[name], errors="coerce").to_numpy(np.float64) for name in cells])
