"""An axis of many labels as a ladder: a rung per label, with its cell's strongest attacks and their intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes as Panel
from matplotlib.figure import Figure

from simulations.grid.choice import Axes
from simulations.grid.rows import of_cell
from simulations.grid.strongest import attacks_of, knowing, rows_of, strongest
from simulations.grid.tables import axis_column
from simulations.report.style import BLUE, CHANCE, FAINT, INK, PAPER, VERMILLION
from simulations.scoring.roles import role_of

_WIDE, _RUNG, _FRAME, _ACROSS = 3.3, 0.145, 0.75, 2  # inches: a panel, a rung, what is around; panels side by side
_SIDES: Mapping[bool, tuple[str, dict[str, Any]]] = {
    True: ("knows of the defense", {"color": BLUE, "marker": "o"}),
    False: ("does not", {"color": VERMILLION, "marker": "D", "markerfacecolor": PAPER}),
}


def draw_ladder(axes: Axes, axis: str, uar: pd.DataFrame, unit: str, baseline: str | None) -> Figure:
    """One panel per combination of the other axes' labels; the grey band is the interval of the ``baseline``.

    ``uar`` are the rows of ``leakage.csv`` of all cells whose metric is UAR.
    """
    others = [axis_column(other) for other in axes if other != axis]
    groups = list(uar.groupby(others, sort=False)) if others else [((), uar)]
    labels = [label for label in axes[axis] if label in set(uar[axis_column(axis)])]
    down = -(-len(groups) // _ACROSS)
    size = (_WIDE * min(_ACROSS, len(groups)), down * (_RUNG * len(labels) + _FRAME))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(down, min(_ACROSS, len(groups)), sharex=True, sharey=True, squeeze=False).ravel()
    for panel, (names, rows) in zip(panels, groups, strict=False):
        _panel(panel, axis, labels, rows, unit, baseline)
        panel.set_title(" / ".join(names), loc="left", fontsize=6.8)
    for panel in panels[len(groups) :]:
        panel.set_visible(False)
    panels[0].set_xlim(right=1.02)
    panels[0].set_yticks(range(len(labels)), labels)
    panels[0].set_ylim(len(labels) - 0.4, -0.6)
    figure.legend(handles=_legend(panels[0]), loc="outside upper center", ncols=3, handletextpad=0.3)
    return figure


def _panel(panel: Panel, axis: str, labels: Sequence[str], rows: pd.DataFrame, unit: str, baseline: str | None) -> None:
    for place, label in enumerate(labels):
        attacks = attacks_of(of_cell(rows, {axis: label}))
        for knows, (_, look) in _SIDES.items():
            best = strongest(knowing(attacks, knows))
            if best is None:
                continue
            one = rows_of(attacks[attacks["unit"] == unit], best).iloc[0]
            _mark(panel, one, place + (-0.16 if knows else 0.16), look)
            if knows and label == baseline:
                panel.axvspan(one["low"], one["high"], color=FAINT, alpha=0.5, zorder=0, linewidth=0)
    references = rows[(rows["unit"] == unit) & (rows["attack"].map(role_of) == "reference")]["value"]
    if len(references):
        panel.axvline(float(references.max()), color=INK, linewidth=0.6, linestyle=(0, (1, 2)), zorder=1)
    panel.axvline(float(rows["chance"].iloc[0]), **CHANCE)
    panel.set_xlabel(f"UAR of the strongest attack, per {unit}")
    panel.tick_params(labelbottom=True)
    panel.grid(axis="x")


def _mark(panel: Panel, row: "pd.Series[float]", height: float, look: Mapping[str, Any]) -> None:
    panel.hlines(height, row["low"], row["high"], color=look["color"], linewidth=0.8)
    panel.plot(row["value"], height, **look, linestyle="", markersize=3.0, markeredgewidth=0.7)


def _legend(panel: Panel) -> list[Any]:
    return [panel.plot([], [], **look, linestyle="", markersize=3.4, label=name)[0] for name, look in _SIDES.values()]
