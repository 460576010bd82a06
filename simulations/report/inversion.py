"""What a report says of gradient inversion: how near rebuilt utterances come to the true ones."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from simulations.report.rows import NOTHING, Row, score
from simulations.report.style import SERIES, SOFT, new_figure
from simulations.scoring.roles import role_of

HEADS = ["inverter", "rebuilt", "cosine", "above 0.9", "same class", "UAR", "updates", "speakers"]
_METRICS = ("reconstructed", "cosine", "above_0.9", "class_accuracy")
_HEIGHT, _BINS = 2.4, 8


def inversion_rows(table: pd.DataFrame) -> list[Row]:
    """One line per inverter, and one of the oracle, which reads the true utterances of the same updates."""
    lines = []
    for attack, mine in table.groupby("attack", sort=False):
        by_metric, first = mine.set_index("metric"), mine.iloc[0]
        cells = [_cell(by_metric, metric) for metric in (*_METRICS, "uar")]
        counts = (f"{int(first['n']):,}", f"{int(first['speakers'])}")
        lines.append(Row((attack, *cells, *counts), role_of(attack)))
    return lines


def inversion_words(table: pd.DataFrame, updates: pd.DataFrame, attribute: str) -> str:
    """What was asked, how near the nearest inverter comes, and what is read off its utterances, in a few sentences."""
    few, most = int(updates["utterances"].min()), int(updates["utterances"].max())
    batch = f"{most} utterance{'' if most == 1 else 's'}" if few == most else f"{few} to {most} utterances"
    told = (
        f"From a single update, an inverter rebuilds the {batch} of its batch. They are paired with the true ones as"
        " well as can be; a cosine of one is the same but for size, and chance is what pairing gives with as many"
        " utterances of other speakers."
    )
    known = table[(table["metric"] == "cosine") & table["value"].notna()]
    attacks = known[known["attack"].map(role_of) == "attack"]
    if attacks.empty:
        return f"{told} No utterance was rebuilt."
    return " ".join([told, *(_sentence(table, one.attack, attribute) for one in attacks.itertuples())])


def on_exactness() -> str:
    """What is exact and what is not, in words."""
    return (
        "Of one utterance, the first layer's weight gradient divided by its bias gradient is the input itself, at"
        " whatever round and with whatever dropout, but for rounding at capture. Of several, analytic gives only what"
        " the model confirms (an input must open the neurons that its error came through): what it gives is right or"
        " nearly so, and it gives less, or nothing, once the batch is large for the layer or the model predicts it too"
        " well to err. Optimised gives as many utterances as the batch has, found or not, so that its cosine is a mean"
        " over both; it knows no client's dropout masks and searches without dropout, and a low cosine is no proof that"
        " a better search would find no more. The control prior reads no gradient. Of few updates the UAR is rough: its"
        " interval, and that of the control, say how rough."
    )


def cosine_plot(updates: pd.DataFrame) -> Figure:
    """The cosine of each update and its mean over some rounds, for each inverter; dashed, chance."""
    figure, axes = new_figure(_HEIGHT)
    edges = np.unique(np.quantile(updates["round"], np.linspace(0, 1, _BINS + 1)))
    part = np.searchsorted(edges[1:-1], updates["round"], side="right")
    colours = iter(SERIES * len(updates))
    for attack, mine in updates.groupby("attack", sort=False):
        colour = SOFT if role_of(attack) == "control" else next(colours)
        axes.plot(mine["round"], mine["cosine"], "o", color=colour, markersize=2.0, alpha=0.35, markeredgewidth=0)
        means = mine.groupby(part[mine.index])[["round", "cosine", "cosine_chance"]].mean()
        axes.plot(means["round"], means["cosine"], "o-", color=colour, markersize=2.5, label=attack)
        axes.plot(means["round"], means["cosine_chance"], "--", color=colour, linewidth=0.8)
    axes.set_xlabel("Round")
    axes.set_ylabel("Cosine with the true utterances")
    axes.set_ylim(min(-0.05, float(updates[["cosine", "cosine_chance"]].min().min()) - 0.05), 1.03)
    axes.grid()
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def _sentence(table: pd.DataFrame, attack: str, attribute: str) -> str:
    mine = table[table["attack"] == attack].set_index("metric")
    cosine, rebuilt, near = (mine.loc[name] for name in ("cosine", "reconstructed", "above_0.9"))
    verdict = "above" if cosine["low"] > cosine["chance"] else "not shown to be above"
    told = (
        f"{attack} rebuilds {100 * rebuilt['value']:.0f} % of them, with a mean cosine of {cosine['value']:.2f}"
        f" [{cosine['low']:.2f}, {cosine['high']:.2f}], {verdict} chance, which is {cosine['chance']:.2f};"
        f" {100 * near['value']:.0f} % of all utterances are met with more than 0.9."
    )
    if "uar" not in mine.index:
        return f"{told} Too few updates were inverted to read {attribute} off them."
    own, true = mine.loc["uar"], table[(table["attack"] == "oracle") & (table["metric"] == "uar")].iloc[0]
    return (
        f"{told} Read off what it rebuilt, {attribute} has a UAR of {own['value']:.2f} [{own['low']:.2f},"
        f" {own['high']:.2f}] per update, and {true['value']:.2f} [{true['low']:.2f}, {true['high']:.2f}] off the true"
        f" utterances; chance is {own['chance']:.2f}."
    )


def _cell(by_metric: pd.DataFrame, metric: str) -> str:
    if metric not in by_metric.index or np.isnan(by_metric.loc[metric, "value"]):
        return NOTHING
    row = by_metric.loc[metric]
    interval = f" [{score(row['low'])}, {score(row['high'])}]" if metric in ("cosine", "uar") else ""
    chance = "" if metric == "reconstructed" else f" ({score(row['chance'])})"
    return f"{score(row['value'])}{interval}{chance}"
