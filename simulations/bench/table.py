"""The printed result: ratios first, then the values, then why they may be believed, then the machine."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from rich.console import Group
from rich.table import Table
from rich.text import Text

from simulations.bench.bench import Bench
from simulations.bench.results import Results
from simulations.bench.sample import QUANTITIES, Quantity


class Cell(NamedTuple):
    """What stands in one row and column of a table."""

    row: tuple[str, str]
    column: str
    text: str


def render(results: Results) -> Group:
    """Everything, ready for a console."""
    parts = [_ratios(results), _values(results), _verdict(results), _notes(results)]
    return Group(*(piece for part in parts if part is not None for piece in (part, "")))


def _ratios(results: Results) -> Table | None:
    cells = [
        Cell((f"{r.above} / {r.below}", r.case), r.quantity, _spread(r.median, r.low, r.high)) for r in results.ratios
    ]
    return _table("Ratios: median (lowest-highest)", cells) if cells else None


def _values(results: Results) -> Table:
    keys = dict.fromkeys((s.side, s.case, s.quantity) for s in results.samples)
    cells = [
        Cell((side, case), QUANTITIES[what].heading, _value(results, side, case, what)) for side, case, what in keys
    ]
    return _table("Values: median (lowest-highest)", cells)


def _value(results: Results, side: str, case: str, quantity: Quantity) -> str:
    chosen = [s.value for s in results.samples if (s.side, s.case, s.quantity) == (side, case, quantity)]
    values = [QUANTITIES[quantity].factor * value for value in chosen]
    return _spread(median(values), min(values), max(values))


def _verdict(results: Results) -> Text | None:
    if not results.agreements:
        return None
    lines = [f"Same arithmetic? {results.checked}."]
    for a in results.agreements:
        word = "agrees with" if a.holds else "DIFFERS FROM"
        differences = f"loss {a.loss:.0e}, scores {a.score:.0e}, model {a.model:.0e}"
        lines.append(f"  {a.case}: {a.side} {word} {a.reference} ({differences})")
    return Text("\n".join(lines), style="" if results.agree else "bold red")


def _notes(results: Results) -> Text:
    machine, versions = results.machine, results.machine["versions"]
    return Text(
        f"Bench {results.name}: {results.about}\n"
        f"Machine: {machine['cpu']}, {machine['cores_usable']} of {machine['cores']} cores usable, one torch thread"
        f" a process, {machine['memory_gib']} GiB, {' and '.join(machine['gpus']) or 'no GPU'},"
        f" load {machine['load_average']} at the start,"
        f" torch {versions['torch']} ({machine['torch_capability']}), Python {versions['python']}."
    )


def _spread(middle: float, low: float, high: float) -> str:
    """Three digits of each, and one value alone where there is no other."""
    digits = 2 if middle < 10 else 1 if middle < 100 else 0
    shown = [f"{value:,.{digits}f}" for value in (middle, low, high)]
    return shown[0] if low == high else f"{shown[0]} ({shown[1]}-{shown[2]})"


def _table(title: str, cells: Sequence[Cell]) -> Table:
    """One line per row of the cells, one column per column of theirs, in their order."""
    found = {(cell.row, cell.column): cell.text for cell in cells}
    columns = list(dict.fromkeys(cell.column for cell in cells))
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for _ in ("side", "case"):
        table.add_column(no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    for row in dict.fromkeys(cell.row for cell in cells):
        table.add_row(*row, *(found.get((row, column), "") for column in columns))
    return table


def settings_table(bench: Bench) -> Table:
    """What ``--set`` may change of a bench: key, default, description."""
    table = Table("key", "default", "", title=f"{bench.name}: {bench.__doc__}", title_justify="left", box=None)
    for key, field in type(bench).model_fields.items():
        table.add_row(key, str(getattr(bench, key)), field.description or "")
    return table
