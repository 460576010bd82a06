"""The plane of privacy and utility as a figure: one panel per unit, one mark with two intervals per cell."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes as Panel
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simulations.grid.choice import Axes
from simulations.grid.plane import UNITS
from simulations.grid.tables import axis_column
from simulations.report.build import Drawing
from simulations.report.style import CHANCE, FAINT, INK, PAPER, SERIES, SOFT

_MARKERS = "osD^vPX*<>"
_SIZE, _LEGEND, _ACROSS = (3.3, 2.9), 0.16, 3  # inches: a panel, and a line of the legend; entries on such a line
_HOVER = "cell-{}-{}"


def draw_plane(axes: Axes, cells: pd.DataFrame) -> Figure:
    """Draw the table of ``simulations.grid.plane.plane``: colours are labels of the longest axis, marks those of the
    others.
    """
    looks, corpora = _looks(axes, cells), list(dict.fromkeys(cells["corpus"]))
    entries = _entries(looks)
    lines = -(-len(entries) // _ACROSS)
    size = (2 * _SIZE[0], len(corpora) * _SIZE[1] + _LEGEND * lines)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(corpora), len(UNITS), sharex="row", sharey="row", squeeze=False)
    for row, corpus in zip(panels, corpora, strict=True):
        for panel, unit in zip(row, UNITS, strict=True):
            _panel(panel, cells[(cells["unit"] == unit) & (cells["corpus"] == corpus)], looks)
            panel.set_title(f"{corpus}, per {unit}" if len(corpora) > 1 else f"per {unit}", loc="left", fontsize=6.8)
        row[0].set_ylabel("UAR of the strongest attack")
    figure.legend(handles=entries, loc="outside upper center", ncols=_ACROSS, handletextpad=0.3, columnspacing=1.3)
    return figure


def plane_drawing(axes: Axes, cells: pd.DataFrame) -> list[Drawing]:
    """The figure with its caption, where there is more than one cell to be set side by side."""
    if cells.empty or cells["title"].nunique() < 2:
        return []
    caption = (
        "What the updates give away against what the models are worth, each with its interval over speakers: UAR of"
        " each cell's strongest attack, whether it knows of the defense or not, and UAR of the task for speakers held"
        " out. Filled marks, joined by the grey line and named where colours are too few, are cells that no other beats"
        " in both; dashes mark chance, dots the upper reference on the true inputs."
    )
    return [Drawing("plane", draw_plane(axes, cells), caption, _hovers(cells))]


def _hovers(cells: pd.DataFrame) -> dict[str, str]:
    """What a page tells of each mark when it is pointed at, by the mark's name in the figure."""
    return {
        _HOVER.format(row.unit, row.title): (
            f"{row.title}: task {row.useful:.2f} [{row.useful_low:.2f}, {row.useful_high:.2f}],"
            f" {row.attack} {row.leaked:.2f} [{row.leaked_low:.2f}, {row.leaked_high:.2f}] per {row.unit}"
        )
        for row in cells.itertuples()
    }


def _looks(axes: Axes, cells: pd.DataFrame) -> dict[str, tuple[str, str, str, str]]:
    """Of each cell's title its colour and mark, and what these mean."""
    longest = max(axes, key=lambda axis: len(axes[axis]))
    others = [axis for axis in axes if axis != longest and len(axes[axis]) > 1]
    own = cells.drop_duplicates("title")
    first = own[axis_column(longest)]
    rest = own[[axis_column(axis) for axis in others]].agg(" / ".join, axis=1) if others else first.map(lambda _: "")
    colours, marks = _dealt(first, SERIES), _dealt(rest, _MARKERS)
    turns = {label: place // len(SERIES) for place, label in enumerate(colours)}
    return {
        # Labels that share a colour differ in their mark where there is no other axis.
        title: (colours[one], marks[other] if others else _MARKERS[turns[one] % len(_MARKERS)], one, other)
        for title, one, other in zip(own["title"], first, rest, strict=True)
    }


def _dealt(labels: "pd.Series[str]", looks: Sequence[str]) -> dict[str, str]:
    return {label: looks[place % len(looks)] for place, label in enumerate(dict.fromkeys(labels))}


def _entries(looks: Mapping[str, tuple[str, str, str, str]]) -> list[Line2D]:
    """The legend: each label of the longest axis, then each of the others."""
    marks = {other: mark for _, mark, _, other in looks.values() if other}
    own = {one: (colour, "o" if marks else mark) for colour, mark, one, _ in looks.values()}
    plain: dict[str, Any] = {"linestyle": "", "markersize": 3.4}
    return [
        *(Line2D([], [], color=colour, marker=mark, label=label, **plain) for label, (colour, mark) in own.items()),
        *(Line2D([], [], color=SOFT, marker=mark, label=label, **plain) for label, mark in marks.items()),
    ]


def _panel(panel: Panel, cells: pd.DataFrame, looks: Mapping[str, tuple[str, str, str, str]]) -> None:
    front = cells[cells["front"]].sort_values("useful")
    crowded = len({label for _, _, label, _ in looks.values()}) > len(SERIES)  # a colour does not tell a label any more
    panel.plot(front["useful"], front["leaked"], color=FAINT, linewidth=2.4, solid_capstyle="round", zorder=1)
    for row in cells.itertuples():
        colour, mark, label, _ = looks[row.title]
        panel.hlines(row.leaked, row.useful_low, row.useful_high, color=colour, linewidth=0.6, alpha=0.6)
        panel.vlines(row.useful, row.leaked_low, row.leaked_high, color=colour, linewidth=0.6, alpha=0.6)
        face = colour if row.front else PAPER
        point = panel.plot(row.useful, row.leaked, mark, color=colour, markerfacecolor=face, markersize=3.6, zorder=3)
        point[0].set_gid(_HOVER.format(row.unit, row.title))
        if row.front and crowded:
            panel.annotate(label, (row.useful, row.leaked), (4, -7), textcoords="offset points", fontsize=5.6)
    panel.axhline(float(cells["chance"].iloc[0]), **CHANCE)
    if cells["oracle"].notna().any():
        panel.axhline(float(cells["oracle"].max()), color=INK, linewidth=0.6, linestyle=(0, (1, 2)), zorder=1)
    panel.set_xlim(_extent(cells, "useful"))
    panel.set_xlabel("UAR of the task, held-out speakers")
    panel.grid(axis="both")


def _extent(cells: pd.DataFrame, name: str) -> tuple[float, float]:
    """The limits of an axis that hold all intervals, with a little air."""
    low, high = float(np.nanmin(cells[f"{name}_low"])), float(np.nanmax(cells[f"{name}_high"]))
    air = 0.04 * max(high - low, 0.05)
    return low - air, high + air
