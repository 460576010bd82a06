"""The summary of a grid as plain rows of text: one line per cell, with the best attack, the controls and the oracle."""

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from simulations.grid.choice import Labels
from simulations.grid.grid import title_of
from simulations.grid.tables import axis_column
from simulations.report.attacks import headline
from simulations.report.rows import COMMUNICATION_HEADS, NOTHING, Row, communication_cells, score
from simulations.report.seconds import times
from simulations.scoring.communication import WHOLE
from simulations.scoring.roles import role_of

HEADS = ("best attack", "UAR per update", "UAR per speaker", "controls per update", "oracle", "emotion UAR", "report")

FEW = 24
"""Cells, up to which a page lists those that are not run as well."""

NEAR = "90% of the best"
COST_HEADS = (*COMMUNICATION_HEADS[1:], "90 % of the best UAR", "in rounds", "MB up", "ms of an update", "times plain")


def summary_rows(cells: Sequence[Labels], done: Sequence[Labels], tables: Mapping[str, pd.DataFrame]) -> list[Row]:
    """The labels of each cell, then ``HEADS``; those that are not run are shown where there are few in all."""
    shown = cells if len(cells) <= FEW else done
    return [_done(cell, tables) if cell in done else _open(cell) for cell in shown]


def cost_rows(cells: Sequence[Labels], tables: Mapping[str, pd.DataFrame]) -> list[Row]:
    """The labels of each cell that has counted its bytes, then what ``COST_HEADS`` name."""
    table = tables["communication.csv"]
    counted = [(cell, of_cell(table, cell)) for cell in cells] if len(table) else []
    took = tables["seconds.csv"]
    return [
        Row((*cell.values(), *_bytes(own.set_index("target")), *_time(of_cell(took, cell) if len(took) else took)))
        for cell, own in counted
        if len(own)
    ]


def _bytes(own: pd.DataFrame) -> tuple[str, ...]:
    _, *whole = communication_cells(own.loc[WHOLE])
    if NEAR not in own.index:
        return (*whole, *[NOTHING] * 3)
    near = own.loc[NEAR]
    return (*whole, score(near["uar"]), f"{near['rounds']:.1f}", f"{near['up'] / 1e6:,.1f}")


def _time(own: pd.DataFrame) -> tuple[str, str]:
    """Milliseconds of a client's update, and how much longer it takes than without the defense."""
    return (f"{1e3 * own['defended'].iloc[0]:.2g}", times(own.iloc[0])) if len(own) else (NOTHING, NOTHING)


def _open(cell: Labels) -> Row:
    return Row((*cell.values(), "not run", *[NOTHING] * (len(HEADS) - 1)), "control")


def _done(cell: Labels, tables: Mapping[str, pd.DataFrame]) -> Row:
    link = Markup('<a href="cells/{}/report.html">page</a>').format(title_of(cell))
    leakage, ser = of_cell(tables["leakage.csv"], cell), of_cell(tables["ser.csv"], cell)
    test = ser[(ser["role"] == "private") & (ser["split"] == "test")]["uar"].mean()
    return Row((*cell.values(), *_attacked(leakage[leakage["metric"] == "uar"]), score(test), link))


def _attacked(uar: pd.DataFrame) -> tuple[str, ...]:
    """The best attack per update, how it does per update and per speaker, the controls, and the oracle per speaker."""
    rows = headline(uar.reset_index(drop=True)) if len(uar) else uar
    roles, updates = rows["attack"].map(role_of), rows["unit"] == "update"
    attacks = rows[(roles == "attack") & updates]
    if attacks.empty:
        return (NOTHING,) * 5
    best = attacks.loc[attacks["value"].idxmax()]
    same = rows[(rows["attack"] == best["attack"]) & (rows["layer"] == best["layer"])].set_index("unit")
    controls = rows[(roles == "control") & updates]["value"]
    between = f"{score(controls.min())} to {score(controls.max())}" if len(controls) else NOTHING
    oracle = rows[(roles == "reference") & (rows["unit"] == "speaker")]["value"]
    found = (interval(same.loc["update"]), interval(same.loc["speaker"]), between)
    return (f"{best['attack']}, {best['layer']}", *found, score(oracle.max()) if len(oracle) else NOTHING)


def interval(row: "pd.Series[float]") -> str:
    """``0.91 [0.83, 0.96]``."""
    return f"{score(row['value'])} [{score(row['low'])}, {score(row['high'])}]"


def of_cell(table: pd.DataFrame, cell: Labels) -> pd.DataFrame:
    """The rows of one cell."""
    mine = pd.Series(True, index=table.index)
    for axis, label in cell.items():
        mine &= table[axis_column(axis)] == label
    return table[mine]
