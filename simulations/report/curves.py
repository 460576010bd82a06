"""Curves over rounds: leakage with its interval, and the emotion model's scores with their spread over trainings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from simulations.report.attacks import headline
from simulations.report.spread import spread
from simulations.report.style import BLUE, CHANCE, SERIES, SOFT, VERMILLION, new_figure
from simulations.scoring.roles import role_of

_HEIGHT = 2.3
_LABEL = 6.2  # points
_MOST = 12  # curves whose names can stand beside each other
_LIGHT = 0.55  # opacity of what stands in the background


@dataclass(frozen=True)
class Curve:
    """A named line [points] with a band; NaN where it is not defined."""

    name: str
    x: "pd.Series[float]"
    y: "pd.Series[float]"
    low: "pd.Series[float]"
    high: "pd.Series[float]"
    colour: str
    light: bool = False


def leakage_over_rounds(rounds: pd.DataFrame, limits: tuple[float, float]) -> Figure:
    """UAR per update over the rounds, for each attack's combined layers (or each layer) and the permuted control."""
    shown = headline(rounds)
    shown = shown[shown["attack"].map(lambda name: role_of(name) == "attack" or name.startswith("permuted"))]
    colours = iter(SERIES * len(shown))
    curves = []
    for (attack, layer), rows in shown.groupby(["attack", "layer"], sort=False):
        light = role_of(attack) == "control"
        middle = (rows["first_round"] + rows["last_round"]) / 2.0
        colour = SOFT if light else next(colours)
        name = attack if layer in ("all", "fused") else f"{attack} {layer}"
        curves.append(Curve(name, middle, rows["uar"], rows["low"], rows["high"], colour, light))
    return _draw(curves, limits, float(rounds["chance"].iloc[0]), "UAR per update")


def leakage_accumulated(table: pd.DataFrame, limits: tuple[float, float]) -> Figure:
    """UAR of one answer per client against the number of its updates, on a logarithmic axis, for each attack; of many
    attacks only the mean of their scores.
    """
    shown = headline(table)
    shown = shown[shown["attack"].map(lambda name: role_of(name) == "attack" or name.startswith("permuted"))]
    if len(shown.groupby(["attack", "layer", "pooling"])) > _MOST:
        shown = shown[shown["pooling"] == "mean"]
    colours, curves = iter(SERIES * len(shown)), []
    for (attack, layer, pooling), rows in shown.groupby(["attack", "layer", "pooling"], sort=False):
        light = role_of(attack) == "control"
        name = attack if layer in ("all", "fused") else f"{attack} {layer}"
        name = name if pooling == "mean" else f"{name}, {pooling}"
        colour = SOFT if light else next(colours)
        curves.append(Curve(name, rows["updates"], rows["uar"], rows["low"], rows["high"], colour, light))
    figure = _draw(curves, limits, float(table["chance"].iloc[0]), "UAR per client")
    axes, ticks = figure.axes[0], table.drop_duplicates("observed")
    axes.set_xscale("log")
    axes.set_xticks(ticks["updates"], ticks["observed"])
    axes.minorticks_off()
    axes.set_xlabel("Updates observed of a client")
    return figure


def ser_over_rounds(history: pd.DataFrame, ser: pd.DataFrame, chance: float) -> Figure:
    """UAR of the emotion model: mean and standard deviation over trainings, the selected rounds marked below."""
    curves = []
    for role, light in (("private", False), ("shadow", True)):
        for split, colour in (("validation", VERMILLION), ("test", BLUE)):
            values = history[history["role"] == role].groupby("round")[f"{split}_uar"].agg(["mean", "std"])
            if values["mean"].notna().any():
                mean, deviation = values["mean"], values["std"].fillna(0.0)
                x = pd.Series(values.index, index=values.index)
                curves.append(Curve(f"{role} {split}", x, mean, mean - deviation, mean + deviation, colour, light))
    lowest = min([chance, *(float(np.nanmin(curve.low)) for curve in curves)])
    figure = _draw(curves, (max(0.0, np.floor(lowest * 10.0 - 0.5) / 10.0), 1.0), chance, "UAR of emotion")
    selected = ser[ser["role"] == "private"]["round"].unique()
    axes = figure.axes[0]
    axes.plot(selected, np.zeros(len(selected)), "^", color=BLUE, clip_on=False, transform=axes.get_xaxis_transform())
    return figure


def _draw(curves: Sequence[Curve], limits: tuple[float, float], chance: float, label: str) -> Figure:
    figure, axes = new_figure(_HEIGHT)
    for curve in curves:
        width, strength = (0.8, _LIGHT) if curve.light else (1.4, 1.0)
        axes.fill_between(curve.x, curve.low, curve.high, color=curve.colour, alpha=0.16 * strength, linewidth=0)
        # One captured stretch alone is a point, not a line.
        marker = "." if len(curve.x) == 1 else ""
        axes.plot(curve.x, curve.y, color=curve.colour, linewidth=width, alpha=strength, marker=marker)
    axes.axhline(chance, **CHANCE)
    axes.set_ylim(limits)
    axes.set_ylabel(label)
    axes.set_xlabel("Round")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.grid(axis="y")
    _name_ends(axes, curves, limits, chance)
    return figure


def _name_ends(axes: Axes, curves: Sequence[Curve], limits: tuple[float, float], chance: float) -> None:
    """Each curve's name, and that of chance, right of its end."""
    ends = [
        (c.name, float(c.y.dropna().iloc[-1]), c.colour, _LIGHT if c.light else 1.0) for c in curves if any(c.y.notna())
    ]
    ends.append(("chance", chance, SOFT, 1.0))
    gap = 1.25 * _LABEL / 72.0 / (0.8 * _HEIGHT) * (limits[1] - limits[0])
    place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
    for (name, _, colour, strength), y in zip(ends, spread([end[1] for end in ends], gap), strict=True):
        axes.annotate(name, (1.0, y), (3, 0), fontsize=_LABEL, color=colour, alpha=strength, **place)
