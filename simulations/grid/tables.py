"""The tables of all finished cells as one each, axes in front: what a grid's page and its CSV files are made of.

A cell's table may have a column of an axis's name: in the file that column is then called ``run_<name>``, and in memory
the axis's column is ``axis <name>``.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from fedser.errors import InputError, Problems
from simulations.grid.folder import GridFolder
from simulations.grid.grid import title_of
from simulations.report.read_tables import OPTIONAL_TABLES, read_table
from simulations.scoring import write_csv

TABLES = (
    "leakage.csv",
    "leakage_rounds.csv",
    "leakage_stages.csv",
    "leakage_accumulated.csv",
    "ser.csv",
    "utility.csv",
    "communication.csv",
    "leakage_persons.csv",
    "seconds.csv",
)
_AXIS = "axis "


def axis_column(axis: str) -> str:
    """The column of an axis's labels, which no table of a run has."""
    return _AXIS + axis


def finished(folder: GridFolder) -> list[Mapping[str, str]]:
    """The labels of the cells that have come to their end."""
    return [labels for labels in folder.stored().labels() if is_finished(folder, labels)]


def is_finished(folder: GridFolder, labels: Mapping[str, str]) -> bool:
    """Whether a cell has come to its end: its page is what a run writes last."""
    return (folder.cell(title_of(labels)) / "report.html").is_file()


def read_tables(folder: GridFolder) -> dict[str, pd.DataFrame]:
    """Each of ``TABLES`` over all finished cells; raises InputError with all that is missing or damaged."""
    problems = Problems()
    tables = {name: _whole(list(_parts(folder, name, problems))) for name in TABLES}
    problems.raise_if_any(InputError)
    return tables


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write each table that a cell has below ``folder``, with the axes' own names."""
    for name, table in tables.items():
        if not len(table.columns):
            continue
        axes = {column: column.removeprefix(_AXIS) for column in table.columns if column.startswith(_AXIS)}
        own = {name: f"run_{name}" for name in axes.values() if name in table.columns}
        write_csv(folder / name, table.rename(columns=own).rename(columns=axes))


def _parts(folder: GridFolder, name: str, problems: Problems) -> Iterator[pd.DataFrame]:
    for labels in finished(folder):
        path = folder.cell(title_of(labels)) / name
        if name in OPTIONAL_TABLES and not path.exists():
            continue
        table = read_table(path, problems)
        columns = pd.DataFrame({axis_column(axis): label for axis, label in labels.items()}, index=table.index)
        yield pd.concat([columns, table], axis=1)


def _whole(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.concat(parts[:1] or [pd.DataFrame()])
