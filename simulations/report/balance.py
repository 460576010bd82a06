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
    GREY,
    ON_DARK,
    ON_LIGHT,
    ORANGE,
    PAPER,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
)

_FILLS = (SKY, ORANGE, GREEN, BLUE, VERMILLION, PURPLE, YELLOW, GREY)
_BAR, _LINE, _FRAME = 0.24, 0.13, 1.1  # inches: per corpus, per line of a legend, for axis and titles
_LETTER, _KEY = 0.06, 0.24  # inches: a letter's width, and a legend's patch with its gaps


def balance(corpora: pd.DataFrame, attribute: str) -> Figure:
    """Two panels of stacked bars, one bar per corpus, the private one first."""
    names = list(dict.fromkeys(corpora["corpus"]))
    counts = {
        "emotion (utterances)": _table(corpora, "class", "count_utterances", names),
        f"{attribute} (speakers)": _table(corpora, "attribute", "count_speakers", names),
    }
    lines = [-(-len(table.columns) // _legend_columns(table)) for table in counts.values()]
    height = _FRAME + 2 * _BAR * len(names) + _LINE * sum(lines)
    figure = Figure(figsize=(COLUMN, height), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True)
    for axes, (title, table), rows in zip(panels, counts.items(), lines, strict=True):
        _bars(axes, table)
        _frame(axes, title, _legend_columns(table), rows)
    panels[-1].set_xlabel("Share of the corpus")
    return figure


def _table(corpora: pd.DataFrame, kind: str, counted: str, names: Sequence[str]) -> pd.DataFrame:
    """Counts [corpora, values], in the order of first appearance."""
    rows = corpora[corpora["kind"] == kind]
    table = rows.pivot_table(index="corpus", columns="value", values=counted, aggfunc="sum", fill_value=0, sort=False)
    return table.reindex(names)


def _bars(axes: Axes, counts: pd.DataFrame) -> None:
    shares = counts.div(counts.sum(axis=1), axis=0)
    left = pd.Series(0.0, index=counts.index)
    for index, value in enumerate(counts.columns):
        fill, wide = _FILLS[index % len(_FILLS)], shares[value]
        axes.barh(counts.index, wide, left=left, color=fill, edgecolor=PAPER, linewidth=0.6, height=0.72, label=value)
        for place, corpus in enumerate(counts.index):
            text = f"{int(counts.loc[corpus, value])}"
            if wide[corpus] > 0.022 * len(text):  # else the number would not fit
                x, colour = left[corpus] + wide[corpus] / 2.0, _readable(fill)
                axes.text(x, place, text, ha="center", va="center_baseline", fontsize=5.8, color=colour)
        left = left + wide


def _frame(axes: Axes, title: str, columns: int, lines: int) -> None:
    axes.set_xlim(0.0, 1.0)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_title(title, loc="left", fontsize=6.8, pad=3 + 72 * _LINE * lines)
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.01, 0.97), "borderaxespad": 0.2}
    look: dict[str, Any] = {
        "handlelength": 0.8,
        "handleheight": 0.8,
        "handletextpad": 0.4,
        "columnspacing": 1.1,
        "labelspacing": 0.3,
    }
    axes.legend(ncols=columns, **look, **place)


def _legend_columns(counts: pd.DataFrame) -> int:
    """How many names of values fit side by side above the bars."""
    width = COLUMN - 0.2 - _LETTER * max(map(len, counts.index))
    columns = int(width / (_KEY + _LETTER * max(map(len, counts.columns))))
    return min(max(columns, 1), len(counts.columns))


def _readable(fill: str) -> str:
    """Dark text on light, light text on dark fills (relative luminance as in WCAG 2, without its gamma)."""
    red, green, blue = to_rgb(fill)
    return ON_DARK if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.42 else ON_LIGHT
