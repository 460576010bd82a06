"""Leakage as dots with intervals: one row per attack or layer, one mark per unit."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator

from simulations.report.attacks import note_of, units
from simulations.report.style import BLUE, CHANCE, FAINT, GREEN, INK, PAPER, SOFT, VERMILLION, new_figure
from simulations.scoring.roles import role_of

UAR, ERROR = "Unweighted average recall (UAR)", "Mean absolute error"
_MARKS = {"update": (BLUE, "o"), "client": (VERMILLION, "s"), "speaker": (GREEN, "D")}
_APART = 0.24  # of a row, between units
_ROW, _FRAME = 0.36, 0.62  # inches per row, and for axis and legend


def dot_plot(rows: pd.DataFrame, limits: tuple[float, float], label: str = UAR) -> Figure:
    """Draw rows of a leakage table (one metric), in their order of attack and layer, from the top down.

    Controls are drawn hollow, and a line parts each role from the next; ``limits`` and ``label`` are those of the axis.
    """
    keys = list(dict.fromkeys(zip(rows["attack"], rows["layer"], strict=True)))
    shown = units(rows)
    figure, axes = new_figure(_FRAME + _ROW * len(keys))
    for place, (attack, layer) in enumerate(keys):
        mine = rows[(rows["attack"] == attack) & (rows["layer"] == layer)]
        _draw_row(axes, place, mine[mine["unit"].isin(shown)], hollow=role_of(attack) == "control")
        _name(axes, place, attack, note_of(attack, layer))
    for place in range(1, len(keys)):
        if role_of(keys[place][0]) != role_of(keys[place - 1][0]):
            axes.axhline(place - 0.5, color=FAINT, linewidth=0.8, zorder=0)
    _frame(axes, len(keys), limits, float(rows["chance"].iloc[0]), label)
    for unit in shown:
        axes.plot([], [], _MARKS[unit][1], color=_MARKS[unit][0], markersize=3.8, label=f"per {unit}")
    figure.legend(loc="outside upper center", ncols=len(shown), handletextpad=0.2, columnspacing=1.5)
    return figure


def uar_limits(leakage: pd.DataFrame) -> tuple[float, float]:
    """Limits that hold every interval and chance, the same for all figures of a run: tenths, and a little air."""
    lowest = float(np.nanmin(leakage[["low", "chance"]].to_numpy()))
    return max(0.0, np.floor(lowest * 10.0 - 0.5) / 10.0) - 0.005, 1.015


def error_limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Limits from no error to a little above the highest of all intervals and chance."""
    return 0.0, 1.04 * float(np.nanmax(rows[["high", "chance"]].to_numpy()))


def _draw_row(axes: Axes, place: int, rows: pd.DataFrame, hollow: bool) -> None:
    for index, (unit, value, low, high) in enumerate(rows[["unit", "value", "low", "high"]].itertuples(index=False)):
        colour, marker = _MARKS[unit]
        y = place + _APART * (index - (len(rows) - 1) / 2.0)
        axes.plot([low, high], [y, y], color=colour, linewidth=1.1, solid_capstyle="round", zorder=2)
        face = PAPER if hollow else colour
        axes.plot(value, y, marker, color=colour, markerfacecolor=face, markeredgewidth=0.9, markersize=3.8, zorder=3)


def _name(axes: Axes, place: int, name: str, note: str) -> None:
    left: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right"}
    axes.annotate(name, (0, place), (-6, 0.6), va="bottom", fontsize=7.0, color=INK, **left)
    axes.annotate(note, (0, place), (-6, -0.6), va="top", fontsize=5.5, color=SOFT, **left)


def _frame(axes: Axes, number: int, limits: tuple[float, float], chance: float, label: str) -> None:
    axes.set_xlim(limits)
    axes.xaxis.set_major_locator(MultipleLocator(0.1) if label == UAR else MaxNLocator(6))
    axes.set_ylim(number - 0.45, -0.55)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_xlabel(label)
    axes.axvline(chance, **CHANCE)
    top = axes.get_xaxis_transform()
    axes.text(chance, 1.0, "chance", transform=top, ha="center", va="bottom", color=SOFT, fontsize=6.0)
