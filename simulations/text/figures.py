"""The figure of a text study: what each model is worth, and what it gives away."""

import pandas as pd
from matplotlib.figure import Figure

from simulations.report.style import BLUE, CHANCE, PAPER, SERIES, VERMILLION, new_figure
from simulations.text.study import TextStudy
from simulations.text.task import CLASSES

_ROW, _FRAME = 0.3, 0.75


def task_and_leakage(study: TextStudy, task: pd.DataFrame, leakage: pd.DataFrame) -> Figure:
    """A row per model: the UAR of the task (blue) and of the attribute (the others), with deviations over trainings."""
    own = study.corpus.corpus
    parts = [(f"{study.task.dimension}, {own}", task[task["corpus"] == own], BLUE, "o")]
    markers = iter("sDv^<>")
    for (corpus, learned), mine in leakage.groupby(["corpus", "learned_on"], sort=False):
        name = f"{study.attribute}, {corpus}" + (", learned there" if learned == "other" else "")
        parts.append(
            (name, mine, SERIES[1 + len(parts) % (len(SERIES) - 1)] if len(parts) > 1 else VERMILLION, next(markers))
        )
    figure, axes = new_figure(_FRAME + _ROW * len(study.models))
    labels = [model.label for model in study.models]
    apart = 0.7 / len(parts)
    for number, (name, mine, colour, marker) in enumerate(parts):
        mine = mine.set_index("model").reindex(labels)
        for place, model in enumerate(study.models):
            y, row = place + apart * (number - (len(parts) - 1) / 2), mine.loc[model.label]
            spread = 0.0 if pd.isna(row["sd"]) else row["sd"]
            axes.plot([row["value"] - spread, row["value"] + spread], [y, y], color=colour, linewidth=1.0)
            face = PAPER if model.control else colour
            axes.plot(row["value"], y, marker, color=colour, markerfacecolor=face, markersize=3.6)
        axes.plot([], [], marker, color=colour, markersize=3.6, label=name)
    for chance in (1 / len(CLASSES), 0.5):
        axes.axvline(chance, **CHANCE)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(axis="x")
    axes.set_xlabel("Unweighted average recall (UAR)")
    figure.legend(loc="outside upper center", ncols=2, handletextpad=0.2)
    return figure
