"""Builds ``report.html`` and ``figures/`` from the files of a run's folder; equal files give equal bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from fedser.artifacts.files import write_text
from simulations.paper import write_comparison
from simulations.report import (
    identity,
    inputs,
    inversion,
    membership_rows,
    membership_words,
    numbers,
    privacy,
    representations,
    rows,
    words,
)
from simulations.report.attacks import headline, layered, units
from simulations.report.balance import balance
from simulations.report.curves import leakage_accumulated, leakage_over_rounds, ser_over_rounds
from simulations.report.dots import ERROR, dot_plot, error_limits, uar_limits
from simulations.report.inline import inline
from simulations.report.membership_figure import roc_figure
from simulations.report.run_files import RunFiles, read_run
from simulations.report.seconds import seconds_sentence
from simulations.report.style import house_style, save

PAGE, FIGURES = "report.html", "figures"
_HERE, _TEMPLATE = Path(__file__).parent, "page.html"


@dataclass(frozen=True)
class Drawing:
    """A figure, and what it shows in one sentence: its caption, also for those who cannot see it; and what its marks
    tell, by their ids, when they are pointed at.
    """

    name: str
    figure: Figure
    caption: str
    hovers: Mapping[str, str] = field(default_factory=dict)


def build_report(folder: Path) -> Path:
    """Build the report of the run in ``folder`` and return its page.

    Raises InputError when files of the run are missing or damaged, naming each and what makes it.
    """
    files = read_run(folder)
    with house_style():
        figures = {one.name: show(one, folder / FIGURES) for one in _drawings(files)}
    write_text(folder / PAGE, _page(files, figures, write_comparison(folder)))
    return folder / PAGE


def _drawings(files: RunFiles) -> list[Drawing]:
    run, percent = files.run, f"{100 * files.run.scores.confidence:g} %"
    classes = files.corpora[(files.corpora["kind"] == "class") & (files.corpora["role"] == "private")][
        "value"
    ].nunique()
    drawings = [
        Drawing(
            "ser",
            ser_over_rounds(files.history, files.ser, 1.0 / classes),
            f"UAR of the emotion model over the rounds; chance is {1.0 / classes:.2f}. Means over trainings, with bands"
            " of one standard deviation; triangles mark the rounds selected in the private trainings.",
        ),
        Drawing(
            "corpora",
            balance(files.corpora, run.attribute),
            f"Emotions (utterances) and {run.attribute} (speakers) of each corpus, the private one first.",
        ),
    ]
    if not files.membership.empty:
        caption = (
            "Who took part: true against false positive rate of each attack, on logarithmic axes; the dashed diagonal"
            " is chance. Each panel begins at the smallest false positive rate that its non-members resolve."
        )
        drawings.append(Drawing("membership", roc_figure(files.membership, files.roc), caption))
    if not files.curves.empty:
        caption = (
            "Verification of speakers: trials of one speaker that are refused against those of two that are accepted,"
            " as the threshold moves. Dashed lines are one update, solid ones the most; the grey line is chance."
        )
        drawings.append(Drawing("identity", identity.det_plot(files.curves), caption))
    if not files.inverted.empty:
        caption = (
            "Cosine between rebuilt and true utterances, paired as well as can be, over the rounds: a dot is an update,"
            " a line the mean. Dashed is the same against as many utterances of other speakers."
        )
        drawings.append(Drawing("inversion", inversion.cosine_plot(files.inverted), caption))
    if not files.families.empty:
        caption = (
            "Families of descriptors: the share of each attack's weights that lies on them, and the UAR per update of"
            f" the attack that learned from one family alone, with {percent} intervals; the dashed line is chance."
        )
        drawings.append(Drawing("inputs", inputs.family_plot(files.families), caption))
    if not files.representations.empty:
        caption = (
            f"How well {run.attribute} is read off single utterances of speakers whom the model has not heard: UAR of"
            f" each reader, with {percent} intervals over speakers; the dashed line is chance."
        )
        drawings.append(Drawing("representations", representations.reading_plot(files.representations), caption))
    if files.leakage.empty:
        return drawings
    limits, layers = uar_limits(files.uar), layered(files.uar)
    drawings.append(
        Drawing(
            "leakage",
            dot_plot(headline(files.uar), limits),
            f"How well each attack infers {run.attribute}: UAR with {percent} intervals over speakers. Hollow marks are"
            " controls; references read the true inputs, which no attacker has.",
        )
    )
    if not layers.empty:
        caption = f"UAR per layer of the model, for each attack that looks at several, with {percent} intervals."
        drawings.append(Drawing("layers", dot_plot(layers, limits), caption))
    number = numbers.number_table(files.leakage)
    number = number[number["metric"] == "mae"]
    if not number.empty:
        caption = (
            f"Mean absolute error of the estimates of {run.attribute}, with {percent} intervals over speakers; chance"
            " is the error of the shadow speakers' median. Further left is better for the attack."
        )
        drawings.append(Drawing("number", dot_plot(number, error_limits(number), ERROR), caption))
    caption = f"UAR per update over the rounds of the training, with {percent} intervals over speakers."
    drawings.append(Drawing("rounds", leakage_over_rounds(files.rounds, uar_limits(files.rounds)), caption))
    caption = (
        f"UAR of one answer per client, put together from so many of its updates, drawn among all of its rounds; bands"
        f" are {percent} intervals over speakers. A client that sent fewer gives all. Scores"
        " are averaged; or, where the name says so, weighted by what shadow data says of their rounds, the updates"
        " themselves averaged before the attack sees them, or seen by it as a set."
    )
    accumulated = leakage_accumulated(files.accumulated, uar_limits(files.accumulated))
    return [*drawings, Drawing("accumulated", accumulated, caption)]


def show(drawing: Drawing, folder: Path) -> dict[str, str | Markup]:
    """Write a figure's files into ``folder``; what a page's template takes of it."""
    svg = save(drawing.figure, folder, drawing.name)
    return {
        "name": drawing.name,
        "caption": drawing.caption,
        "svg": inline(svg, drawing.name, drawing.caption, drawing.hovers),
        "folder": FIGURES,
    }


def render(place: Path, template: str, **values: Any) -> str:
    """The page that ``template`` in the folder ``place`` gives, with the macros and the style of all reports."""
    templates = Environment(
        loader=FileSystemLoader([place, _HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = Markup((_HERE / "page.css").read_text(encoding="utf-8"))
    return templates.get_template(template).render(css=css, rows=rows, **values)


def _page(files: RunFiles, figures: dict[str, dict[str, str | Markup]], paper: pd.DataFrame) -> str:
    return render(
        _HERE,
        _TEMPLATE,
        files=files,
        figures=figures,
        words=words,
        paper=paper,
        numbers=numbers,
        identity=identity,
        inversion=inversion,
        representations=representations,
        inputs=inputs,
        membership_words=membership_words,
        privacy=privacy,
        seconds_sentence=seconds_sentence,
        membership_rows=membership_rows,
        headline=headline(files.uar),
        layers=layered(files.uar),
        shown=units(headline(files.uar)),
        config=yaml.safe_dump(dict(files.config), sort_keys=False, allow_unicode=True),
    )
