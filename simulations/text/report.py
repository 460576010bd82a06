"""Builds a text study's ``report.html`` and ``figures/`` from what lies in its folder; equal files give equal bytes."""

from pathlib import Path

import yaml

from fedser.artifacts.files import write_text
from simulations.machine import Machine
from simulations.report.build import FIGURES, PAGE, Drawing, render, show
from simulations.report.style import house_style
from simulations.text import findings, lines
from simulations.text.figures import task_and_leakage
from simulations.text.files import read_study
from simulations.text.highlights import shown_texts
from simulations.text.lexicons.entries import Entries


def build_study_report(folder: Path) -> Path:
    """Build the page of the study in ``folder`` and return it; raises InputError where tables are missing."""
    files = read_study(folder)
    root = Machine.here(files.study.data_root).data_root
    listed = Entries.joined([words.entries(root) for words in files.study.lexicons.attribute])
    caption = (
        "UAR of the task and of the attribute, read off embeddings; bars are one standard deviation over trainings,"
        " hollow marks are controls, dashed lines are chance (1/3 and 1/2)."
    )
    with house_style():
        drawn = Drawing("models", task_and_leakage(files.study, files.tables["task"], files.tables["leakage"]), caption)
        figures = {drawn.name: show(drawn, folder / FIGURES)}
    page = render(
        Path(__file__).parent,
        "text.html",
        files=files,
        figures=figures,
        findings=findings,
        lines=lines,
        shown=shown_texts(files, listed),
        config=yaml.safe_dump(files.study.dump(), sort_keys=False, allow_unicode=True),
    )
    write_text(folder / PAGE, page)
    return folder / PAGE
