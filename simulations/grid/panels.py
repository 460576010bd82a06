"""Panels that share their axes: UAR with its interval against labels or numbers, one series per attack or cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from simulations.report.dots import uar_limits
from simulations.report.style import CHANCE, COLUMN, FAINT, INK, PAPER, SERIES, SOFT
from simulations.scoring.roles import ROLES

COLUMNS = ("panel", "x", "series", "role", "uar", "low", "high", "chance")
"""What a table to be drawn has; ``x`` is a label of ``Scale.labels``, or a number where there are none."""

_MARKERS = "osD^vPX"
_WIDE, _HIGH, _LEGEND, _FRAME = 2.3, 1.75, 0.16, 0.35  # inches: a panel, a line of the legend, and the axis below
_ENTRY: dict[str, Any] = {"markersize": 3.4, "markeredgewidth": 0.8}
_FAINT: dict[str, Any] = {"color": FAINT, "marker": "", "markerfacecolor": PAPER, "zorder": 1}
_APART = 2.6  # points between the series at one place
_LOGARITHMIC = 8.0  # the ratio of the largest number to the smallest from which on


LOWEST = 5
"""Series that keep their names where there are too many."""

OTHERS = "others"
"""The role, and the name in the legend, of those that do not."""


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
    handles = _legend(looks)
    columns = max(1, min(len(handles), across + 1))
    lines = -(-len(handles) // columns)
    size = (max(COLUMN, across * _WIDE), down * _HIGH + lines * _LEGEND + _FRAME)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        _panel(figure, axes, table[table["panel"] == name], scale, looks)
        axes.set_title(name, loc="left", fontsize=6.8)
    _frame(list(grid), len(names), table, scale, across)
    figure.legend(handles=handles, loc="outside upper center", ncols=columns, handletextpad=0.3, columnspacing=1.3)
    return figure


def lowest_named(table: pd.DataFrame, always: str | None) -> pd.DataFrame:
    """The table with roles: the ``LOWEST`` series by their mean UAR, and ``always``, are attacks; the rest others."""
    means = table.groupby("series")["uar"].mean().drop(index=always or "", errors="ignore").sort_values(kind="stable")
    named = {*means.index[:LOWEST], always}
    return table.assign(role=["attack" if series in named else OTHERS for series in table["series"]])


def _looks(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Each series' colour and mark: attacks in colours, controls hollow and grey, references in ink, others faint."""
    roles: dict[str, str] = dict(zip(table["series"], table["role"], strict=True))
    looks: dict[str, dict[str, Any]] = {name: _FAINT for name, role in roles.items() if role == OTHERS}
    for role in ROLES:
        for place, name in enumerate(name for name, own in roles.items() if own == role):
            colour = SERIES[place % len(SERIES)] if role == "attack" else SOFT if role == "control" else INK
            marker = _MARKERS[(place if role != "attack" else place // len(SERIES)) % len(_MARKERS)]
            looks[name] = {"color": colour, "marker": marker, "markerfacecolor": PAPER if role == "control" else colour}
    return looks


def _panel(figure: Figure, axes: Axes, rows: pd.DataFrame, scale: Scale, looks: dict[str, dict[str, Any]]) -> None:
    faint = sum(look is _FAINT for look in looks.values())
    for place, (name, look) in enumerate(looks.items(), start=-faint):
        mine = rows[rows["series"] == name].assign(at=lambda found: scale.places(found["x"])).sort_values("at")
        aside = _APART * (place - (len(looks) - faint - 1) / 2.0) * bool(scale.labels and place >= 0) / 72.0
        moved = axes.transData + ScaledTranslation(aside, 0.0, figure.dpi_scale_trans)
        if place >= 0:
            axes.vlines(mine["at"], mine["low"], mine["high"], color=look["color"], linewidth=0.8, transform=moved)
        line = "-" if scale.numeric or look is _FAINT else ""
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


def _legend(looks: dict[str, dict[str, Any]]) -> list[Line2D]:
    named = {name: look for name, look in looks.items() if look is not _FAINT}
    marks = [Line2D([], [], **look, linestyle="", label=name, **_ENTRY) for name, look in named.items()]
    return marks + ([Line2D([], [], **_FAINT, linewidth=0.7, label=OTHERS)] if len(named) < len(looks) else [])
