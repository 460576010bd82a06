"""What a report says of re-identification: whose an update is, where the server knows whose others are."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from simulations.report.rows import Row, score
from simulations.report.style import CHANCE, SERIES, new_figure

HEADS = ["linker", "gallery", "updates", "gap", "rank 1", "chance", "rank 5", "chance", "EER", "probes", "speakers"]
_SHARED = {
    "later": "The later updates that are asked about are made of the same utterances as the known ones before them:"
    " what is found again may be these, and not the voice.",
    "clients": "The updates that are asked about are of other clients of the speaker than the known ones, and so of"
    " other utterances.",
}
_HEIGHT, _LEAST = 2.6, 1e-3


def identity_rows(table: pd.DataFrame) -> list[Row]:
    """One line per linker, gallery, number of updates and gap: each metric with its interval."""
    lines = []
    for (linker, gallery, observed, gap), mine in table.groupby(["linker", "gallery", "observed", "gap"], sort=False):
        by_metric = mine.set_index("metric")
        cells = [
            cell for metric in ("rank1", "rank5") for cell in (_cell(by_metric, metric), _chance(by_metric, metric))
        ]
        first = by_metric.loc["rank1"]
        counts = (f"{int(first['n']):,}", f"{int(first['speakers'])}")
        words = (linker, gallery, f"{int(observed)}", gap)
        lines.append(
            Row((*words, *cells, _cell(by_metric, "eer"), *counts), "control" if gallery == "permuted" else "")
        )
    return lines


def identity_words(table: pd.DataFrame, probes: str) -> str:
    """What was asked, and how well the best linker answers, in a few sentences."""
    known = table[(table["gallery"] == "known") & (table["gap"] == "all")]
    best = next(known[known["metric"] == "rank1"].sort_values("value", ascending=False, kind="stable").itertuples())
    equal = known[(known["metric"] == "eer") & (known["linker"] == best.linker) & (known["observed"] == best.observed)]
    error = next(equal.itertuples())
    verdict = "above" if best.low > best.chance else "not shown to be above"
    return (
        "The server knows whose some updates are, and asks whose others are, as where clients take new pseudonyms; what"
        " tells speakers apart is learned on shadow speakers alone. With"
        f" {_updates(int(best.observed))}, {best.linker} names the right one of the speakers with probability"
        f" {best.value:.2f} [{best.low:.2f}, {best.high:.2f}], {verdict} chance, which is {best.chance:.2f}. Asked"
        f" whether two are of one speaker, it is wrong equally often either way at {error.value:.2f}"
        f" [{error.low:.2f}, {error.high:.2f}] (equal error rate; 0.5 by chance; {int(error.n):,} trials of one"
        f" speaker, so that no step is smaller than {error.resolution:.4f})."
        f" {_SHARED[probes]}"
    )


def det_plot(curves: pd.DataFrame) -> Figure:
    """False rejections against false acceptances, on a logarithmic axis, per linker: one update, and the most."""
    figure, axes = new_figure(_HEIGHT)
    for colour, (linker, mine) in zip(SERIES * len(curves), curves.groupby("linker", sort=False), strict=False):
        for observed, style in zip(sorted({mine["observed"].min(), mine["observed"].max()}), ("--", "-"), strict=False):
            one = mine[mine["observed"] == observed]
            label = f"{linker}, {_updates(int(observed))}"
            axes.plot(
                np.maximum(one["false_acceptance"], _LEAST), one["false_rejection"], style, color=colour, label=label
            )
    axis = np.geomspace(_LEAST, 1.0, 100)
    axes.plot(axis, 1.0 - axis, **CHANCE)
    axes.set_xscale("log")
    axes.set_xlim(_LEAST, 1.0)
    axes.set_ylim(0.0, 1.0)
    axes.set_xlabel("False acceptances")
    axes.set_ylabel("False rejections")
    axes.grid()
    axes.legend(fontsize=5.5)
    return figure


def _updates(number: int) -> str:
    return f"{number} update{'' if number == 1 else 's'}"


def _cell(by_metric: pd.DataFrame, metric: str) -> str:
    if metric not in by_metric.index:
        return score(np.nan)
    row = by_metric.loc[metric]
    return f"{score(row['value'])} [{score(row['low'])}, {score(row['high'])}]"


def _chance(by_metric: pd.DataFrame, metric: str) -> str:
    return score(by_metric.loc[metric, "chance"] if metric in by_metric.index else np.nan)
