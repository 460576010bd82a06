"""What the corpora consist of: utterances by emotion and speakers by the attribute, as shares with their counts."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from simulations.report.style import (
    BLUE,
    COLUMN,
    GREEN,
    ON_DARK,
    ON_LIGHT,
    ORANGE,
    PAPER,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
)

_FILLS = (SKY, ORANGE, GREEN, BLUE, VERMILLION, PURPLE, YELLOW)
_BAR = 0.24  # inches per corpus
_LEGEND = 5  # names in a line


def balance(corpora: pd.DataFrame, attribute: str) -> Figure:
    """Two panels of stacked bars, one bar per corpus, the private one first."""
    names = list(dict.fromkeys(corpora["corpus"]))
    figure = Figure(figsize=(COLUMN, 1.35 + 2 * _BAR * len(names)), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    _panel(above, _table(corpora, "class", "count_utterances", names), "emotion (utterances)")
    _panel(below, _table(corpora, "attribute", "count_speakers", names), f"{attribute} (speakers)")
    below.set_xlabel("Share of the corpus")
    return figure


def _table(corpora: pd.DataFrame, kind: str, counted: str, names: Sequence[str]) -> pd.DataFrame:
    """Counts [corpora, values], in the order of first appearance."""
    rows = corpora[corpora["kind"] == kind]
    table = rows.pivot_table(index="corpus", columns="value", values=counted, aggfunc="sum", fill_value=0, sort=False)
    return table.reindex(names)


def _panel(axes: Axes, counts: pd.DataFrame, title: str) -> None:
    shares = counts.div(counts.sum(axis=1), axis=0)
    left = pd.Series(0.0, index=counts.index)
    for index, value in enumerate(counts.columns):
        fill = _FILLS[index % len(_FILLS)]
        axes.barh(
            counts.index, shares[value], left=left, color=fill, edgecolor=PAPER, linewidth=0.6, height=0.72, label=value
        )
        for place, corpus in enumerate(counts.index):
            if shares.loc[corpus, value] >= 0.05:
                middle = left[corpus] + shares.loc[corpus, value] / 2.0
                text = f"{int(counts.loc[corpus, value])}"
                axes.text(middle, place, text, ha="center", va="center", fontsize=5.8, color=_readable(fill))
        left = left + shares[value]
    _frame(axes, title, len(counts.columns))


def _frame(axes: Axes, title: str, values: int) -> None:
    axes.set_xlim(0.0, 1.0)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_title(title, loc="left", fontsize=6.8, pad=3 + 10 * -(-values // _LEGEND))
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.01, 0.97), "borderaxespad": 0.2}
    axes.legend(
        ncols=min(values, _LEGEND), handlelength=0.8, handleheight=0.8, handletextpad=0.4, columnspacing=1.1, **place
    )


def _readable(fill: str) -> str:
    """Dark text on light, light text on dark fills (relative luminance as in WCAG 2, without its gamma)."""
    red, green, blue = to_rgb(fill)
    return ON_DARK if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.42 else ON_LIGHT
