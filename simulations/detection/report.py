"""Builds ``report.html``, tables and figures of what runs detect, in a folder of its own."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fedser.artifacts.files import write_text
from fedser.metrics.detection import MEASURES
from simulations.detection import figures
from simulations.detection.answers import Split
from simulations.detection.seen import durations, features, planes, reads_frames, surest
from simulations.detection.tables_of import PRINTED, by_run, curves, measured, printed, summed_up
from simulations.report.build import FIGURES, PAGE, Drawing, render, show
from simulations.report.rows import NOTHING, Row
from simulations.report.style import house_style
from simulations.scoring import write_csv

HEADS = ["run", "corpus", "measure", "mean", "interval", "sd", "splits"]
_NAMES = dict(zip(MEASURES, ("Acc", "WAcc", "Prec", "Rec", "Fsc", "ROC AUC", "PR AUC"), strict=True))
PRINTED_HEADS = ["corpus", "summary", *(_NAMES[measure] for measure in PRINTED)]


def build_detection_report(splits: Sequence[Split], folder: Path) -> Path:
    """Write the page about ``splits``, of one run or several, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    each, points = measured(splits), curves(splits)
    whole = summed_up(each)
    for name, table in (("splits", each), ("detection", whole), ("curves", points)):
        write_csv(folder / f"{name}.csv", table)
    with house_style():
        drawn = {one.name: show(one, folder / FIGURES) for one in _drawings(splits, points)}
    page = render(
        Path(__file__).parent,
        "detection.html",
        figures=drawn,
        heads=HEADS,
        lines=lines(whole),
        printed_heads=PRINTED_HEADS,
        printed_lines=printed_lines(),
        classes=splits[0].simulation.task.classes,
        runs=list(dict.fromkeys(one.run for one in splits)),
    )
    write_text(folder / PAGE, page)
    return folder / PAGE


def lines(whole: pd.DataFrame) -> list[Row]:
    """Run, corpus and measure, and in percent its mean, interval and deviation over so many splits."""
    return [
        Row((row["run"], row["corpus"], _NAMES[row["measure"]], *_numbers(row), str(row["splits"])))
        for row in whole.to_dict("records")
    ]


def printed_lines() -> list[Row]:
    """Table I as printed."""
    return [
        Row((str(row["corpus"]), str(row["model"]), *(f"{row[measure]:.2f}" for measure in PRINTED)))
        for _, row in printed().iterrows()
    ]


def _numbers(row: Mapping[Hashable, Any]) -> tuple[str, str, str]:
    if np.isnan(row["sd"]):
        return f"{100 * row['mean']:.1f}", NOTHING, NOTHING
    return f"{100 * row['mean']:.1f}", f"{100 * row['low']:.1f} to {100 * row['high']:.1f}", f"{100 * row['sd']:.1f}"


def _drawings(splits: Sequence[Split], points: pd.DataFrame) -> Iterator[Drawing]:
    classes = splits[0].simulation.task.classes
    truth: dict[str, list[float]] = {}
    for one in splits:
        truth.setdefault(one.corpus, []).extend(one.truth.tolist())
    shares = {corpus: float(np.mean(labels)) for corpus, labels in truth.items()}
    yield Drawing(
        "curves",
        figures.curve_panels(points, shares),
        f"ROC and precision over recall of {classes[1]}, the mean over splits and the band between the extremes; dashed"
        " is chance.",
    )
    framed = [own[0] for own in by_run(splits).values() if reads_frames(own[0])]
    for number, one in enumerate({one.corpus: one for one in framed}.values()):
        seconds = figures.duration_histogram(durations(one), one.data.y, classes)
        yield Drawing(f"durations-{number}", seconds, f"How long the utterances of {one.corpus} are, by class.")
    for number, one in enumerate(framed):
        yield from _of_frames(one, number, classes)


def _of_frames(split: Split, number: int, classes: Sequence[str]) -> Iterator[Drawing]:
    where = f"{split.corpus}, {split.run}"
    inputs, learnt = features(split)
    both = {name: planes(rows, split.simulation.seed) for name, rows in (("inputs", inputs), ("features", learnt))}
    yield Drawing(
        f"planes-{number}",
        figures.feature_planes(both, split.truth, classes),
        f"Test utterances of the first split ({where}): means of the inputs' frames, and learnt features, in two"
        " dimensions.",
    )
    shown = surest(split)
    yield Drawing(
        f"attention-{number}",
        figures.attention(shown),
        f"Where the model looks ({where}) in {shown.utterance}, which it takes for {classes[1]} with probability"
        f" {shown.score:.2f}: weights over time, on the wave and on the normalised filterbanks.",
    )
