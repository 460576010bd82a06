"""Panels that share their axes: UAR with its interval against labels or numbers, one series per attack or cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from simulations.report.dots import uar_limits
from simulations.report.style import CHANCE, COLUMN, INK, PAPER, SERIES, SOFT
from simulations.scoring.roles import Role

COLUMNS = ("panel", "x", "series", "role", "uar", "low", "high", "chance")
"""What a table to be drawn has; ``x`` is a label of ``Scale.labels``, or a number where there are none."""

_MARKERS = "osD^vPX"
_WIDE, _HIGH, _LEGEND, _FRAME = 2.3, 1.75, 0.16, 0.35  # inches: a panel, a line of the legend, and the axis below
_APART = 2.6  # points between the series at one place
_LOGARITHMIC = 8.0  # the ratio of the largest number to the smallest from which on


@dataclass(frozen=True)
class Scale:
    """What stands along the horizontal axis; labels that are numbers stand where these are."""

    title: str
    labels: Sequence[str] = ()

    @property
    def numbers(self) -> list[float]:
        """The place of each label."""
        try:
            return [float(label) for label in self.labels]
        except ValueError:
            return [float(place) for place in range(len(self.labels))]

    @property
    def numeric(self) -> bool:
        """Whether numbers lie along the axis, so that points may be joined."""
        return not self.labels or self.numbers != [float(place) for place in range(len(self.labels))] or _digits(self)

    def places(self, x: "pd.Series[Any]") -> "pd.Series[float]":
        """Where the points lie."""
        return x.map(dict(zip(self.labels, self.numbers, strict=True))) if self.labels else x.astype(float)


def _digits(scale: Scale) -> bool:
    return all(label.replace(".", "").isdecimal() for label in scale.labels)


def draw_panels(table: pd.DataFrame, scale: Scale) -> Figure:
    """Draw a table of ``COLUMNS``, panels in the order of their appearance, at most three side by side."""
    names, looks = list(dict.fromkeys(table["panel"])), _looks(table)
    across = min(3, len(names))
    down = -(-len(names) // across)
    columns = max(1, min(len(looks), across + 1))
    lines = -(-len(looks) // columns)
    size = (max(COLUMN, across * _WIDE), down * _HIGH + lines * _LEGEND + _FRAME)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        _panel(figure, axes, table[table["panel"] == name], scale, looks)
        axes.set_title(name, loc="left", fontsize=6.8)
    _frame(list(grid), len(names), table, scale, across)
    handles, labels = _legend(grid[0], looks)
    figure.legend(handles, labels, loc="outside upper center", ncols=columns, handletextpad=0.3, columnspacing=1.3)
    return figure


def _looks(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Each series' colour and mark: attacks in colours, controls hollow and grey, references in ink."""
    roles: dict[str, Role] = dict(zip(table["series"], table["role"], strict=True))
    ordered = sorted(roles, key=lambda name: ("attack", "control", "reference").index(roles[name]))
    looks, number = {}, dict.fromkeys(("attack", "control", "reference"), 0)
    for name in ordered:
        place = number[roles[name]]
        number[roles[name]] += 1
        colour = SERIES[place % len(SERIES)] if roles[name] == "attack" else SOFT if roles[name] == "control" else INK
        marker = _MARKERS[(place if roles[name] != "attack" else place // len(SERIES)) % len(_MARKERS)]
        face = PAPER if roles[name] == "control" else colour
        looks[name] = {"color": colour, "marker": marker, "markerfacecolor": face}
    return looks


def _panel(figure: Figure, axes: Axes, rows: pd.DataFrame, scale: Scale, looks: dict[str, dict[str, Any]]) -> None:
    for place, (name, look) in enumerate(looks.items()):
        mine = rows[rows["series"] == name].assign(at=lambda found: scale.places(found["x"])).sort_values("at")
        aside = _APART * (place - (len(looks) - 1) / 2.0) * bool(scale.labels) / 72.0
        moved = axes.transData + ScaledTranslation(aside, 0.0, figure.dpi_scale_trans)
        axes.vlines(mine["at"], mine["low"], mine["high"], color=look["color"], linewidth=0.8, transform=moved)
        line = "-" if scale.numeric else ""
        axes.plot(
            mine["at"],
            mine["uar"],
            **look,
            linestyle=line,
            linewidth=0.7,
            markersize=3.0,
            markeredgewidth=0.7,
            transform=moved,
        )
        axes.update_datalim(mine[["at", "uar"]].to_numpy(float))  # what is moved by points is not seen otherwise
    axes.axhline(float(rows["chance"].iloc[0]), **CHANCE)


def _frame(grid: list[Axes], panels: int, table: pd.DataFrame, scale: Scale, across: int) -> None:
    for place, axes in enumerate(grid):
        axes.set_visible(place < panels)
        axes.grid(axis="y")
        axes.set_ylim(uar_limits(table))
        if place % across == 0:
            axes.set_ylabel("UAR")
        if place + across >= panels:
            axes.set_xlabel(scale.title)
            axes.tick_params(labelbottom=True)
    if scale.labels:
        _ticks(grid, scale)


def _ticks(grid: list[Axes], scale: Scale) -> None:
    numbers = scale.numbers
    logarithmic = scale.numeric and min(numbers) > 0 and max(numbers) / min(numbers) >= _LOGARITHMIC
    for axes in grid:
        if logarithmic:
            axes.set_xscale("log")
            edge = (max(numbers) / min(numbers)) ** 0.12
            axes.set_xlim(min(numbers) / edge, max(numbers) * edge)
        else:
            edge = 0.12 * (max(numbers) - min(numbers)) if scale.numeric and len(numbers) > 1 else 0.5
            axes.set_xlim(min(numbers) - edge, max(numbers) + edge)
        axes.set_xticks(numbers, scale.labels, rotation=30 if _crowded(scale) else 0)
        axes.minorticks_off()


def _crowded(scale: Scale) -> bool:
    return sum(map(len, scale.labels)) > 28


def _legend(axes: Axes, looks: dict[str, dict[str, Any]]) -> tuple[list[Any], list[str]]:
    handles = [
        axes.plot([], [], **look, linestyle="", markersize=3.4, markeredgewidth=0.8)[0] for look in looks.values()
    ]
    return handles, list(looks)
