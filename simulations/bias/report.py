"""Builds an audit's ``report.html`` and ``figures/`` from the tables in its folder; equal tables give equal bytes."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from fedser.artifacts.files import write_text
from simulations.bias import figures, lines, words
from simulations.bias.files import AuditFiles, read_audit
from simulations.report.build import FIGURES, PAGE, Drawing, render, show
from simulations.report.style import house_style


def build_audit_report(folder: Path) -> Path:
    """Build the page of the audit in ``folder`` and return it; raises InputError where tables are missing."""
    files = read_audit(folder)
    with house_style():
        drawn = {one.name: show(one, folder / FIGURES) for name in files.groupings for one in _drawings(files, name)}
    config = yaml.safe_dump(files.audit.dump(), sort_keys=False, allow_unicode=True)
    page = render(
        Path(__file__).parent,
        "audit.html",
        files=files,
        figures=drawn,
        words=words,
        lines=lines,
        slug=slug,
        config=config,
    )
    write_text(folder / PAGE, page)
    return folder / PAGE


def slug(grouping: str) -> str:
    """A grouping's name for files and anchors."""
    return re.sub(r"\W+", "-", grouping).strip("-").lower()


def _drawings(files: AuditFiles, grouping: str) -> Iterator[Drawing]:
    rates, end, percent = files.of("rates", grouping), slug(grouping), f"{100 * files.audit.scores.confidence:g} %"
    few = f"hatched bars rest on fewer than {files.audit.small.rows} rows or too few persons"
    yield Drawing(
        f"rates-{end}",
        figures.rate_bars(rates),
        f"TPR and FPR of each class by {grouping}, with {percent} intervals; {few}.",
    )
    yield Drawing(
        f"heat-{end}",
        figures.rate_heat(rates, files.focus),
        f"The four rates of {', '.join(files.focus)} by {grouping}; † rests on little data.",
    )
    yield Drawing(
        f"confusion-{end}",
        figures.confusion_matrices(files.of("confusion", grouping), files.audit.small.rows),
        f"What is said (columns) of each true class (rows), as shares of the true class, by {grouping};"
        f" † is of fewer than {files.audit.small.rows} rows.",
    )
    balanced = files.of("balanced", grouping)
    if len(balanced):
        yield Drawing(
            f"balance-{end}",
            figures.balance_dots(balanced),
            f"Gaps between groups of {grouping} as they are (hollow), and when all groups have the same balance of"
            f" classes (filled), with {percent} intervals.",
        )
    if files.summary["scored"]:
        yield Drawing(
            f"reliability-{end}",
            figures.reliability(files.of("reliability", grouping)),
            f"How often the predicted class is right against the probability that it is given, by {grouping}; on the"
            " dashed line they are equal.",
        )
