"""Who took part, as ROCs on logarithmic axes: one panel per game, one line per attack, the diagonal is chance."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from simulations.report.membership_rows import GAMES, of_game
from simulations.report.style import CHANCE, COLUMN, SERIES, SOFT
from simulations.scoring.roles import role_of

_PANEL, _LEGEND, _LINE = 2.3, 0.16, 3  # inches per panel and per line of the legend, names in such a line


def roc_figure(table: pd.DataFrame, roc: pd.DataFrame) -> Figure:
    """The utterances' scores and, of speakers, their own gradients' where an attack has them, else their mean scores.

    Each panel begins at its resolution: what lies left of it cannot be measured.
    """
    colours = _colours(list(dict.fromkeys(roc["attack"])))
    games = [game for game in GAMES if len(of_game(roc, game))]
    lines = -(-len(colours) // _LINE)
    figure = Figure(figsize=(COLUMN, _PANEL * len(games) + _LEGEND * lines), layout="constrained")
    panels = figure.subplots(len(games), 1, squeeze=False)[:, 0]
    for axes, game in zip(panels, games, strict=True):
        low = float(of_game(table, game)["resolution"].iloc[0])
        for attack, points in _shown(of_game(roc, game)).groupby("attack", sort=False):
            _draw(axes, points, low, colours[str(attack)])
        _frame(axes, game.title, low)
    panels[-1].set_xlabel("False positive rate")
    handles = [Line2D([], [], color=colour, label=attack) for attack, colour in colours.items()]
    figure.legend(handles=handles, loc="outside upper center", ncols=_LINE)
    return figure


def _colours(attacks: list[str]) -> dict[str, str]:
    series = iter(SERIES * len(attacks))
    return {attack: SOFT if role_of(attack) == "control" else next(series) for attack in attacks}


def _shown(roc: pd.DataFrame) -> pd.DataFrame:
    own = roc["attack"].isin(roc[roc["pooling"] == "gradient"]["attack"])
    return roc[roc["pooling"].where(~own | (roc["unit"] == "utterance"), "gradient-" + roc["pooling"]).isin(_POOLINGS)]


_POOLINGS = ("each", "mean", "gradient-gradient")


def _draw(axes: Axes, points: pd.DataFrame, low: float, colour: str) -> None:
    """A point left of the resolution, or below it, is drawn at it."""
    x, y = (points[name].clip(lower=low) for name in ("false_positive_rate", "true_positive_rate"))
    axes.plot(x, y, color=colour, linewidth=1.1)


def _frame(axes: Axes, title: str, low: float) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.plot([low, 1.0], [low, 1.0], **CHANCE)
    axes.set_xlim(low, 1.0)
    axes.set_ylim(low, 1.05)
    ticks = [tick for tick in np.array([0.0001, 0.001, 0.01, 0.1, 1.0]) if tick >= low]
    for axis, label in ((axes.xaxis, _percent), (axes.yaxis, _percent)):
        axis.set_minor_formatter(NullFormatter())
        axis.set_ticks(ticks, [label(tick) for tick in ticks])
    axes.grid()
    axes.set_ylabel("True positive rate")
    axes.set_title(title, fontsize=7.0, loc="left")


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
