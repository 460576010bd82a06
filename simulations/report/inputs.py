"""What a report says of the inputs that leak: families of descriptors, and the single inputs that weigh most."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulations.report.rows import Row, score
from simulations.report.style import CHANCE, COLUMN, SERIES
from simulations.scoring.roles import adaptive_of

FAMILY_HEADS = [
    "attack",
    "family",
    "inputs",
    "share of weight",
    "UAR alone, per update",
    "per speaker",
]
INPUT_HEADS = ["descriptor", "functional", "family", "share of weight", "rank"]
TOP = 20
_ROW, _FRAME, _LINE, _NAMES = 0.30, 0.62, 0.16, 3  # inches per family, of the axes and of a line of such names
_APART = 0.7  # of a row, over all attacks


def family_rows(families: pd.DataFrame) -> list[Row]:
    """One line per attack and family: its share, and the UAR of the attack that knows no other input; last, all
    of them.
    """
    lines = []
    for (attack, _), rows in families.groupby(["attack", "layer"], sort=False):
        for family, mine in rows.groupby("family", sort=False):
            alone = [_alone(row) for _, row in mine.iterrows()]
            lines.append(Row((attack, family, *_size(mine.head(1)), *alone)))
        each = rows.drop_duplicates("unit")
        lines.append(
            Row((attack, "all", *_size(rows[rows["unit"] == "update"]), *map(score, each["whole"])), "reference")
        )
    return lines


def _size(families: pd.DataFrame) -> tuple[str, str]:
    """How many inputs these are, and their share."""
    return f"{families['inputs'].sum():,.0f}", _percent(families["share"].sum())


def speaks_first(inputs: pd.DataFrame, families: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """The attack that gives most away with all inputs, an adaptive one if there is one, and its inputs, those that
    weigh most first.
    """
    ranked = families.assign(adaptive=[adaptive_of(attack) is None for attack in families["attack"]])
    best = next(ranked.sort_values(["adaptive", "whole"], ascending=False, kind="stable").itertuples())
    mine = inputs[(inputs["attack"] == best.attack) & (inputs["layer"] == best.layer)]
    return str(best.attack), mine.sort_values("share", ascending=False, kind="stable")


def input_rows(inputs: pd.DataFrame) -> list[Row]:
    """The first ``TOP`` of one attack's inputs."""
    top = enumerate(inputs.head(TOP).itertuples(), 1)
    return [
        Row(
            (r.descriptor, "" if pd.isna(r.functional) else r.functional, r.family, f"{100 * r.share:.2f} %", f"{rank}")
        )
        for rank, r in top
    ]


def input_words(families: pd.DataFrame, attack: str) -> str:
    """Which families that attack reads, and which tell the attribute without the others, in a few sentences."""
    mine = families[(families["attack"] == attack) & (families["unit"] == "update")]
    most = next(mine.sort_values("share", ascending=False, kind="stable").itertuples())
    alone = mine.sort_values("uar", ascending=False, kind="stable")
    above = [f"{r.family} ({r.uar:.2f} [{r.low:.2f}, {r.high:.2f}])" for r in alone.itertuples() if r.low > r.chance]
    told = (
        f"Alone, these tell more than chance, which is {most.chance:.2f}: {', '.join(above)}."
        if above
        else f"Alone, none is shown to tell more than chance, which is {most.chance:.2f}."
    )
    return (
        f"The weights of {attack}, in the space where its numbers are scaled, and times each number's spread over the"
        f" private updates, lie for {_percent(most.share)} on {most.family}, which are {most.inputs:.0f} of"
        f" {mine['inputs'].sum():.0f} inputs. {told} With all inputs its UAR per update is {most.whole:.2f}."
    )


HOW_TO_READ = (
    "Weights of correlated inputs mislead: they may divide one clue among many, or cancel in one what is no clue in"
    " another. So beside each family's share stands how well the attack does that learned on shadow speakers anew, from"
    " the numbers of this family alone, and was asked about the same private updates. A UAR below chance says that the"
    " clue points the other way among the private speakers than among the shadow speakers. Shares say what this attack"
    " reads, not what causes the attribute to show."
)


def family_plot(families: pd.DataFrame) -> Figure:
    """Per family, by attack: its share of the weights on the left, on the right the UAR per update of it alone."""
    rows = families[families["unit"] == "update"]
    attacks, names = list(dict.fromkeys(rows["attack"])), list(dict.fromkeys(rows["family"]))
    height = _FRAME + _ROW * len(names) + _LINE * -(-len(attacks) // _NAMES)
    figure = Figure(figsize=(COLUMN, height), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[2, 3])
    for number, attack in enumerate(attacks):
        mine = rows[rows["attack"] == attack]
        apart = _APART * ((number + 0.5) / len(attacks) - 0.5)
        y, colour = [names.index(family) + apart for family in mine["family"]], SERIES[number % len(SERIES)]
        left.barh(y, 100 * mine["share"], height=0.85 * _APART / len(attacks), color=colour, label=attack)
        right.hlines(y, mine["low"], mine["high"], color=colour, linewidth=1.1)
        right.plot(mine["uar"], y, "o", color=colour, markersize=3.2)
    _frame(left, right, names, float(rows["chance"].iloc[0]))
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=_NAMES)
    return figure


def _frame(left: Axes, right: Axes, names: list[str], chance: float) -> None:
    left.set_yticks(range(len(names)), names)
    left.set_ylim(len(names) - 0.5, -0.5)
    left.tick_params(axis="y", length=0)
    right.tick_params(axis="y", length=0)
    left.set_xlabel("Share of the weights, %")
    right.set_xlabel("UAR of it alone")
    right.set_xlim(0.0, 1.02)
    right.axvline(chance, **CHANCE)
    for axes in (left, right):
        axes.grid(axis="x")


def why_none(features: str, attacked: bool) -> str:
    """Why nothing is told of the inputs, where attacks are there and features have no names; else empty."""
    if not attacked or features == "opensmile":
        return ""
    return f"Which inputs leak is not told: {features} features have no names that say what they measure."


def _alone(row: pd.Series) -> str:
    return f"{score(row['uar'])} [{score(row['low'])}, {score(row['high'])}]"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
