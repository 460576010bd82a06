"""The plane of privacy and utility: what each cell's model is worth, and what its updates give away.

Cells of one private corpus can be set beside each other; those on its front (Pareto) are beaten by no other in both.
"""

from collections.abc import Mapping

import pandas as pd

from simulations.grid.choice import Axes
from simulations.grid.grid import title_of
from simulations.grid.rows import of_cell
from simulations.grid.strongest import attacks_of, rows_of, strongest
from simulations.grid.tables import axis_column
from simulations.report.words import joined
from simulations.scoring.roles import role_of

UNITS = ("update", "speaker")
LOSSES = (0.01, 0.02, 0.05, 0.10)
"""Of the highest UAR of the task: how much of it may be given up for privacy."""


def plane(axes: Axes, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per unit and cell that has both: the axes' labels, ``title``, ``corpus`` (the private one), the strongest
    ``attack``, ``useful`` with ``useful_low`` and ``useful_high``, ``leaked`` likewise, ``chance``, ``oracle`` and
    ``front``.
    """
    leakage, utility = tables["leakage.csv"], tables["utility.csv"]
    if leakage.empty or utility.empty:
        return pd.DataFrame()
    columns = [axis_column(axis) for axis in axes]
    cells = [dict(zip(axes, labels, strict=True)) for labels in utility[columns].drop_duplicates().to_numpy()]
    uar = [table[table["metric"] == "uar"] for table in (leakage, utility)]
    found = pd.DataFrame([line for cell in cells for line in _lines(cell, *(of_cell(table, cell) for table in uar))])
    if found.empty:
        return found
    groups = found.groupby(["unit", "corpus"], group_keys=False)[["useful", "leaked"]]
    return found.assign(front=pd.concat([_front(group) for _, group in groups]))


def _lines(cell: Mapping[str, str], leakage: pd.DataFrame, utility: pd.DataFrame) -> list[dict[str, object]]:
    attacks = attacks_of(leakage)
    best = strongest(attacks)
    if best is None:
        return []
    own = {axis_column(axis): label for axis, label in cell.items()} | {"title": title_of(cell)}
    own["corpus"] = best["private_corpus"]
    useful = _bounds("useful", utility.iloc[0])
    lines = []
    for unit in UNITS:
        mine = rows_of(attacks[attacks["unit"] == unit], best).iloc[0]
        references = leakage[(leakage["unit"] == unit) & (leakage["attack"].map(role_of) == "reference")]
        oracle = references["value"].max()
        leaked = _bounds("leaked", mine)
        lines.append(
            own | {"unit": unit, "attack": best["attack"], "chance": mine["chance"], "oracle": oracle} | useful | leaked
        )
    return lines


def _bounds(name: str, row: "pd.Series[float]") -> dict[str, object]:
    return {name: row["value"], f"{name}_low": row["low"], f"{name}_high": row["high"]}


def _front(cells: pd.DataFrame) -> "pd.Series[bool]":
    """Whether no other cell is at least as good in both, and better in one."""
    useful, leaked = (cells[name].to_numpy(float) for name in ("useful", "leaked"))
    no_worse = (useful[:, None] >= useful) & (leaked[:, None] <= leaked)
    better = (useful[:, None] > useful) | (leaked[:, None] < leaked)
    return pd.Series(~(no_worse & better).any(axis=0), cells.index)


def decisions(cells: pd.DataFrame) -> list[str]:
    """For each private corpus, a sentence on the cell that leaks least to one update, and whether the data decide; for
    each of ``LOSSES`` that changes it.
    """
    updates = cells[cells["unit"] == "update"]
    several = updates["corpus"].nunique() > 1
    return [
        f"On {corpus}, {said[0].lower()}{said[1:]}" if several else said
        for corpus, own in updates.groupby("corpus", sort=False)
        for said in _of_corpus(own)
    ]


def _of_corpus(updates: pd.DataFrame) -> list[str]:
    within: dict[str, list[str]] = {}
    for loss in LOSSES:
        there = updates[updates["useful"] >= updates["useful"].max() - loss].sort_values("leaked", kind="stable")
        least, others = there.iloc[0], there.iloc[1:]
        near = others[others["leaked_low"] <= least["leaked_high"]]["title"].tolist()
        within.setdefault(f"{_least(least)}{_verdict(near, len(others))}", []).append(f"{loss:.2f}")
    return [f"Within {joined(losses)} of the highest UAR of the task, {said}" for said, losses in within.items()]


def _least(row: "pd.Series[float]") -> str:
    leaked = f"{row['leaked']:.2f} [{row['leaked_low']:.2f}, {row['leaked_high']:.2f}]"
    return f"{row['title']} gives least away to a single update: {leaked}, to {row['attack']}."


def _verdict(near: list[str], others: int) -> str:
    if not others:
        return " No other cell is within it."
    if not near:
        return f" Its interval lies below those of all {others} others." if others > 1 else " Its interval lies below."
    shown = joined(near) if len(near) <= 3 else f"{len(near)} of {others} others"
    return f" The data cannot decide between it and {shown}, whose intervals overlap with its own."
