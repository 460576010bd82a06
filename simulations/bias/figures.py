"""An audit's figures: bars of TPR and FPR, heat maps of the four rates, confusion matrices, balance, reliability."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fedser.metrics.recall import Floats
from simulations.report.style import CHANCE, COLUMN, INK, ON_DARK, ON_LIGHT, SERIES, SOFT

_RATES = ("tpr", "fpr", "tnr", "fnr")
_CELL = 0.34  # inches
_ACROSS = 3
_MARKERS = "osD^vP"


def rate_bars(rates: pd.DataFrame) -> Figure:
    """Bars of TPR above and of FPR below, a cluster per class and a colour per group, with intervals.

    Those that rest on little are hatched.
    """
    groups, classes = list(dict.fromkeys(rates["group"])), list(dict.fromkeys(rates["class"]))
    wide = max(COLUMN, 0.16 * len(groups) * len(classes) + 0.8)
    figure = Figure(figsize=(min(wide, 7.2), 3.4), layout="constrained")
    panels: Any = figure.subplots(2, 1, sharex=True)
    for axes, rate in zip(panels, ("tpr", "fpr"), strict=True):
        _bars(axes, rates[rates["rate"] == rate], groups, classes)
        axes.set_ylabel(rate.upper())
    panels[1].set_xticks(range(len(classes)), classes, rotation=30 if len(classes) > 5 else 0)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(4, len(groups)))
    return figure


def _bars(axes: Axes, rows: pd.DataFrame, groups: Sequence[str], classes: Sequence[str]) -> None:
    width = 0.8 / len(groups)
    for place, (group, colour) in enumerate(zip(groups, _colours(len(groups)), strict=True)):
        mine = rows[rows["group"] == group].set_index("class").loc[list(classes)]
        x = np.arange(len(classes)) + width * (place - (len(groups) - 1) / 2.0)
        value = mine["value"].fillna(0.0)
        errors = np.nan_to_num(np.maximum([mine["value"] - mine["low"], mine["high"] - mine["value"]], 0.0))
        bars = axes.bar(x, value, 0.92 * width, color=colour, label=group)
        axes.errorbar(x, value, errors, fmt="none", ecolor=INK, elinewidth=0.7)
        for bar, small in zip(bars, mine["small"], strict=True):
            bar.set_hatch("////" if small else "")
            bar.set_edgecolor(ON_DARK)
            bar.set_linewidth(0.0)
    axes.set_ylim(0.0, 1.0)
    axes.grid(axis="y")


def rate_heat(rates: pd.DataFrame, focus: Sequence[str]) -> Figure:
    """TPR, FPR, TNR and FNR (columns) of each group (rows), a panel per class of ``focus``; † rests on little."""
    groups = list(dict.fromkeys(rates["group"]))
    panels, figure = _panels(len(focus), 4 * _CELL, len(groups) * _CELL, max(map(len, groups)))
    for axes, label in zip(panels, focus, strict=False):
        mine = rates[(rates["class"] == label) & rates["rate"].isin(_RATES)]
        values = mine.pivot(index="group", columns="rate", values="value").loc[groups, list(_RATES)]
        small = mine.pivot(index="group", columns="rate", values="small").loc[groups, list(_RATES)]
        _heat(axes, values.to_numpy(float), small.to_numpy(bool), [rate.upper() for rate in _RATES], groups)
        axes.set_title(label, fontsize=7.0)
    return figure


def confusion_matrices(confusion: pd.DataFrame, small: int) -> Figure:
    """What is said (columns) of each true class (rows), as shares of it, a panel per group."""
    groups, classes = list(dict.fromkeys(confusion["group"])), list(dict.fromkeys(confusion["true"]))
    size = len(classes) * _CELL
    panels, figure = _panels(len(groups), size, size, max(map(len, classes)))
    for axes, group in zip(panels, groups, strict=False):
        counts = confusion[confusion["group"] == group].pivot(index="true", columns="predicted", values="n")
        cells = counts.loc[classes, classes].to_numpy(float)
        sizes = cells.sum(axis=1, keepdims=True)
        shares = np.divide(cells, sizes, out=np.full_like(cells, np.nan), where=sizes > 0)
        _heat(axes, shares, np.broadcast_to(sizes < small, shares.shape), classes, classes)
        axes.set_title(f"{group}\nn = {int(cells.sum()):,}", fontsize=7.0)
    return figure


def balance_dots(balanced: pd.DataFrame) -> Figure:
    """Gaps to the reference in FPR and precision of each class, and in accuracy: as they are (hollow) and at an equal
    balance of classes (filled).
    """
    shown = balanced[balanced["rate"].isin(["fpr", "precision", "accuracy"])]
    keys = list(dict.fromkeys(zip(shown["rate"], shown["class"], strict=True)))
    groups = list(dict.fromkeys(shown["group"]))
    row = max(0.22, 0.11 * len(groups))
    figure = Figure(figsize=(COLUMN, 0.8 + row * len(keys)), layout="constrained")
    axes = figure.subplots()
    apart = 0.8 / (2 * len(groups))
    for g, (group, colour) in enumerate(zip(groups, _colours(len(groups)), strict=True)):
        marker = _MARKERS[g % len(_MARKERS)]
        mine = shown[shown["group"] == group].set_index(["rate", "class"]).loc[keys]
        for second, gap in enumerate(("difference", "balanced")):
            y = np.arange(len(keys)) + apart * (2 * g + second - len(groups) + 0.5)
            axes.hlines(y, mine[f"{gap}_low"], mine[f"{gap}_high"], color=colour, linewidth=1.0)
            face = colour if second else "none"
            name = f"{group}, {'balanced' if second else 'as it is'}"
            axes.plot(mine[gap], y, marker, color=colour, markerfacecolor=face, markersize=3.4, label=name)
    axes.axvline(0.0, **CHANCE)
    axes.set_yticks(range(len(keys)), [f"{_named(rate)} {label}".strip() for rate, label in keys])
    axes.set_ylim(len(keys) - 0.4, -0.6)
    axes.grid(axis="x")
    axes.set_xlabel(f"Gap to {shown['reference'].iloc[0]}")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def reliability(table: pd.DataFrame) -> Figure:
    """Accuracy against mean confidence in each bin that has rows, a line per group; the diagonal is calibrated."""
    figure = Figure(figsize=(COLUMN, 2.9), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], **CHANCE)
    colours = _colours(table["group"].nunique())
    for g, (group, mine) in enumerate(table[table["n"] > 0].groupby("group", sort=False)):
        marker = _MARKERS[g % len(_MARKERS)]
        axes.plot(mine["confidence"], mine["accuracy"], marker=marker, color=colours[g], label=group)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="Mean probability of the predicted class", ylabel="Share that is right")
    axes.grid()
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def _colours(number: int) -> list[Any]:
    """One for each group: the house's, or of many groups so many steps of a map that colour-blind readers can read."""
    return list(SERIES[:number] if number <= len(SERIES) else colormaps["viridis"](np.linspace(0.0, 0.95, number)))


def _named(rate: str) -> str:
    return rate.upper() if rate == "fpr" else rate


def _panels(number: int, wide: float, high: float, letters: int) -> tuple[list[Axes], Figure]:
    """So many panels of that size in inches, and room for words of so many letters left of them."""
    across = min(_ACROSS, number)
    down = -(-number // across)
    size = (across * (wide + 0.25) + 0.06 * letters + 0.3, down * (high + 0.75) + 0.1)
    figure = Figure(figsize=size, layout="constrained")
    grid: Any = figure.subplots(down, across, squeeze=False, sharey=True)
    panels = list(grid.reshape(-1))
    for axes in panels[number:]:
        axes.axis("off")
    return panels, figure


def _heat(axes: Axes, values: Floats, small: np.ndarray, columns: Sequence[str], rows: Sequence[str]) -> None:
    """Cells from 0 to 1 with their values as text; a dash where there is none."""
    colours = colormaps["Blues"]
    for (y, x), value in np.ndenumerate(values):
        known = not np.isnan(value)
        face = colours(0.9 * value) if known else "none"
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=face, edgecolor="none"))
        text = f"{value:.2f}".removeprefix("0") if known else "\N{EN DASH}"
        ink = SOFT if not known else ON_DARK if value > 0.6 else ON_LIGHT
        axes.text(x, y, text + ("†" if small[y, x] else ""), ha="center", va="center", fontsize=5.5, color=ink)
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xticks(range(len(columns)), columns, rotation=90 if max(map(len, columns)) > 3 else 0)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_aspect("equal")
