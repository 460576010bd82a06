"""The table that a run prints at its end: the headline of ``leakage.csv``."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from fedser.errors import InputError, Problems
from simulations.report.attacks import ordered, units
from simulations.report.read_tables import read_table
from simulations.scoring.roles import role_of

_STYLES = {"attack": "", "control": "dim", "reference": "italic"}


def results_table(folder: Path) -> Table:
    """UAR of every attack, layer and unit in the run's folder; raises InputError where ``leakage.csv`` is missing."""
    problems = Problems()
    leakage = read_table(folder / "leakage.csv", problems)
    problems.raise_if_any(InputError)
    rows = ordered(leakage[leakage["metric"] == "uar"])
    rows = rows[rows["unit"].isin(units(rows))]
    attribute = rows["attribute"].iloc[0] if len(rows) else "nothing"
    table = Table(
        box=SIMPLE_HEAD,
        pad_edge=False,
        title=f"What the updates give away of {escape(str(attribute))}",
        title_justify="left",
    )
    for name in ("attack", "layer", "unit"):
        table.add_column(name)
    for name in ("UAR", "interval", "chance", "n"):
        table.add_column(name, justify="right")
    last = None
    for row in rows.itertuples():
        names = ("", "") if (row.attack, row.layer) == last else (escape(row.attack), escape(row.layer))
        interval = f"[{row.low:.2f}, {row.high:.2f}]"
        numbers = (f"{row.value:.2f}", escape(interval), f"{row.chance:.2f}", f"{int(row.n)}")
        table.add_row(*names, row.unit, *numbers, style=_STYLES[role_of(row.attack)])
        last = (row.attack, row.layer)
    return table
