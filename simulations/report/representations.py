"""What a report says of representations: what is read off the models' embeddings, the inputs, and nothing at all."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from simulations.report.attacks import headline
from simulations.report.dots import UAR, uar_limits
from simulations.report.rows import NOTHING, Row, score
from simulations.report.run_files import RunFiles
from simulations.report.style import CHANCE, FAINT, PAPER, SERIES, new_figure
from simulations.scoring.roles import role_of

HEADS = [
    "vectors",
    "layer",
    "reader",
    "learned on",
    "UAR per utterance",
    "UAR per speaker",
    "AUC per utterance",
    "AUC per speaker",
    "UAR, difference to inputs",
]
HOW_TO_READ = (
    "The models that the private trainings selected embed utterances, without dropout, and readers learn the attribute"
    " on the frozen embeddings: on those of the shadow corpora's utterances by the same model, which whoever has the"
    " model can do; and on other private speakers, which nobody outside can, to tell what is there at all. The same"
    " readers see the inputs, and embeddings by the models before they were trained: what those give away, no training"
    " has put there."
)
_TITLES = {"trained": "trained model", "initial": "untrained model", "inputs": "inputs", "none": "nothing"}
_ON = {"shadow": "shadow corpora", "private": "other private speakers"}
_ROW, _FRAME, _APART = 0.42, 0.75, 0.17


def reading_rows(table: pd.DataFrame, speakers: str) -> list[Row]:
    """One line per kind of vectors and reader; the majority is the control, the inputs are the reference."""
    mine, lines = table[table["speakers"] == speakers], []
    for (model, layer, reader, learned_on), rows in mine.groupby(
        ["model", "layer", "reader", "learned_on"], sort=False
    ):
        known = rows.set_index(["metric", "unit"])
        cells = [_cell(known.loc[(metric, unit)]) for metric in ("uar", "auc") for unit in ("utterance", "speaker")]
        apart = _cell(known.loc[("uar", "utterance")], "difference", "+")
        kind = {"none": "control", "inputs": "reference"}.get(model, "")
        named = layer if model in ("trained", "initial") else ""
        lines.append(Row((_TITLES[model], named, reader, _ON[learned_on], *cells, apart), kind))
    return lines


def findings(files: RunFiles) -> list[str]:
    """What the strongest reader of each kind finds, beside the inputs, the untrained model, and the updates."""
    rows = files.representations
    rows = rows[(rows["speakers"] == "unheard") & (rows["unit"] == "utterance") & (rows["metric"] == "uar")]
    return [
        *(_sentence(rows[rows["learned_on"] == learned_on], learned_on, files.run.attribute) for learned_on in _ON),
        *_updates(files),
    ]


def reading_plot(table: pd.DataFrame) -> Figure:
    """UAR per utterance of unheard speakers: a row for each kind of vectors, marks for readers and what taught them."""
    rows = table[(table["speakers"] == "unheard") & (table["unit"] == "utterance") & (table["metric"] == "uar")]
    rows = rows[rows["model"] != "none"]
    places = {view: place for place, view in enumerate(dict.fromkeys(zip(rows["model"], rows["layer"], strict=True)))}
    series = list(dict.fromkeys(zip(rows["reader"], rows["learned_on"], strict=True)))
    figure, axes = new_figure(_FRAME + _ROW * len(places))
    for number, (reader, learned_on) in enumerate(series):
        mine = rows[(rows["reader"] == reader) & (rows["learned_on"] == learned_on)]
        colour = SERIES[list(dict.fromkeys(rows["reader"])).index(reader) % len(SERIES)]
        face = colour if learned_on == "shadow" else PAPER
        y = [
            places[view] + _APART * (number - (len(series) - 1) / 2)
            for view in zip(mine["model"], mine["layer"], strict=True)
        ]
        axes.hlines(y, mine["low"], mine["high"], color=colour, linewidth=1.1)
        axes.plot(mine["value"], y, "o", color=colour, markerfacecolor=face, label=f"{reader}, on {_ON[learned_on]}")
    names = [_TITLES[model] if model == "inputs" else f"{_TITLES[model]}, {layer}" for model, layer in places]
    axes.set_yticks(list(places.values()), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(places) - 0.45, -0.55)
    axes.axvline(float(rows["chance"].iloc[0]), **CHANCE)
    axes.xaxis.set_major_locator(MultipleLocator(0.1))
    axes.set_xlim(uar_limits(rows))
    axes.grid(axis="x", color=FAINT)
    axes.set_xlabel(UAR)
    figure.legend(loc="outside upper center", ncols=2, handletextpad=0.2, columnspacing=1.2)
    return figure


def _sentence(rows: pd.DataFrame, learned_on: str, attribute: str) -> str:
    trained = rows[rows["model"] == "trained"]
    best = next(trained.loc[[trained["value"].idxmax()]].itertuples())
    verdict = "above" if best.low > best.chance else "not shown to be above"
    beside = [
        f"{_value(next(rows[(rows['model'] == model) & (rows['reader'] == best.reader)].itertuples()))} off {where}"
        for model, where in (("inputs", "the inputs"), ("initial", "the untrained model"))
    ]
    return (
        f"Learned on {_ON[learned_on]}, {best.reader} reads {attribute} off {best.layer} of the trained models with a"
        f" UAR of {_value(best)} per utterance of speakers whom they have not heard, {verdict} chance, which is"
        f" {best.chance:.2f}; the same reader has {' and '.join(beside)}."
    )


def _updates(files: RunFiles) -> list[str]:
    """The strongest attack on updates, to stand beside."""
    rows = headline(files.uar)
    rows = rows[(rows["unit"] == "update") & (rows["attack"].map(role_of) == "attack")]
    if rows.empty:
        return []
    best = next(rows.loc[[rows["value"].idxmax()]].itertuples())
    return [
        f"Off single updates of the same trainings, the strongest attack ({best.attack}) infers {files.run.attribute}"
        f" with a UAR of {_value(best)}: what a representation has forgotten, an update may still tell."
    ]


def _cell(row: "pd.Series[float]", name: str = "value", sign: str = "") -> str:
    low, high = ("low", "high") if name == "value" else (f"{name}_low", f"{name}_high")
    value, below, above = (row[key] for key in (name, low, high))
    if pd.isna(value):
        return NOTHING
    return f"{value:{sign}.2f} [{below:{sign}.2f}, {above:{sign}.2f}]"


def _value(row: object) -> str:
    value, low, high = (getattr(row, name) for name in ("value", "low", "high"))
    return f"{score(value)} [{score(low)}, {score(high)}]"
