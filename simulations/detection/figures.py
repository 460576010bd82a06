"""The figures of detection: curves, durations, planes of features, and where a model looks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fedser.audio import read_audio
from fedser.metrics.recall import Floats, Ints
from simulations.detection.seen import Array, Shown
from simulations.report.style import BLUE, CHANCE, COLUMN, GREY, SERIES, VERMILLION

_GRID = np.linspace(0.0, 1.0, 101)
_RATE = 16000
_WIDE = 7.2  # inches: two columns of a paper


def curve_panels(curves: pd.DataFrame, positives: Mapping[str, float]) -> Figure:
    """ROC (left) and precision over recall (right): the mean over splits, and the band between the extremes, a row per
    corpus, of which ``positives`` says the share of the second class, that which chance is right by.
    """
    corpora = list(dict.fromkeys(curves["corpus"]))
    figure = Figure(figsize=(_WIDE, 2.9 * len(corpora)), layout="constrained")
    panels: Any = figure.subplots(len(corpora), 2, squeeze=False)
    for row, corpus in zip(panels, corpora, strict=True):
        for axes, curve in zip(row, ("roc", "pr"), strict=True):
            _curve(axes, curves[(curves["corpus"] == corpus) & (curves["curve"] == curve)], curve, positives[corpus])
        row[0].set_title(corpus, loc="left", fontsize=7.0)
    panels[0, 1].legend(loc="lower left")
    return figure


def _curve(axes: Axes, rows: pd.DataFrame, curve: str, share: float) -> None:
    for (run, own), colour in zip(rows.groupby("run", sort=False), SERIES * len(rows), strict=False):
        each = np.stack([_on_grid(points, curve) for _, points in own.groupby("training", sort=False)])
        axes.plot(_GRID, each.mean(axis=0), color=colour, label=str(run))
        axes.fill_between(_GRID, each.min(axis=0), each.max(axis=0), color=colour, alpha=0.15, linewidth=0)
    axes.plot([0, 1], [0, 1] if curve == "roc" else [share, share], **CHANCE)
    names = ("False positive rate", "True positive rate") if curve == "roc" else ("Recall", "Precision")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel=names[0], ylabel=names[1])
    axes.grid()


def _on_grid(points: pd.DataFrame, curve: str) -> Floats:
    """The highest y at each x of a ROC; the highest precision at such a recall or more."""
    x, y = points["x"].to_numpy(float), points["y"].to_numpy(float)
    reached = x[None] <= _GRID[:, None] + 1e-9 if curve == "roc" else x[None] >= _GRID[:, None] - 1e-9
    best: Floats = np.where(reached, y[None], 0.0).max(axis=1)
    return best


def duration_histogram(seconds: Array, labels: Ints, classes: Sequence[str]) -> Figure:
    """How long utterances are, by class."""
    figure = Figure(figsize=(COLUMN, 2.1), layout="constrained")
    axes = figure.subplots()
    parts = [seconds[labels == label] for label in range(len(classes))]
    axes.hist(parts, bins=20, label=list(classes), color=[BLUE, VERMILLION])
    axes.set(xlabel="Duration in s", ylabel="Utterances")
    axes.legend()
    return figure


def feature_planes(planes: Mapping[str, Mapping[str, Array]], truth: Ints, classes: Sequence[str]) -> Figure:
    """A row for inputs and one for learnt features, PCA and t-SNE beside each other, test utterances by class."""
    figure = Figure(figsize=(_WIDE, 2.7 * len(planes)), layout="constrained")
    panels: Any = figure.subplots(len(planes), 2, squeeze=False)
    for row, (what, each) in zip(panels, planes.items(), strict=True):
        for axes, (how, points) in zip(row, each.items(), strict=True):
            for label, colour in enumerate((BLUE, VERMILLION)):
                mine = points[truth == label]
                axes.scatter(mine[:, 0], mine[:, 1], s=9, color=colour, alpha=0.8, linewidths=0, label=classes[label])
            axes.set(xticks=[], yticks=[])
            axes.set_title(f"{how} of {what}", loc="left", fontsize=7.0)
    panels[0, 0].legend()
    return figure


def attention(shown: Shown) -> Figure:
    """The weights over time, on the wave (where its file is there) and over the filterbanks."""
    figure = Figure(figsize=(_WIDE, 3.2), layout="constrained")
    panels: Any = figure.subplots(2, 1, sharex=True)
    end = len(shown.frames) / 100
    steps = (np.arange(len(shown.weights)) + 0.5) * end / len(shown.weights)
    if shown.path is not None:
        wave = read_audio(shown.path, _RATE)
        panels[0].plot(np.arange(len(wave)) / _RATE, wave / np.abs(wave).max(), color=GREY, linewidth=0.3)
    panels[1].imshow(
        shown.frames.T, origin="lower", aspect="auto", extent=(0, end, 0, shown.frames.shape[1]), cmap="cividis"
    )
    panels[1].set(ylabel="Mel filter", xlabel="Time in s", xlim=(0, end))
    panels[0].set(ylabel="Wave", ylim=(-1, 1))
    for axes in panels:
        over = axes.twinx()
        over.plot(steps, shown.weights * len(shown.weights), color=VERMILLION, linewidth=1.0)
        over.set(ylabel="Weight, 1 = mean", ylim=(0, None))
    return figure
