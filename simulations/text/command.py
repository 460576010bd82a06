"""``fedser run`` and ``fedser check`` with the file of a text study."""

from collections.abc import Sequence
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from fedser.config import load
from simulations.machine import Machine
from simulations.text.corpora import check_study
from simulations.text.files import read_study
from simulations.text.findings import findings
from simulations.text.folder import OWN
from simulations.text.jobs import jobs_of
from simulations.text.run import run_study
from simulations.text.study import TextStudy


def run_file(config: Path, overrides: Sequence[str], out: Path | None, workers: int | None) -> None:
    """Run the study that ``config`` describes, and tell what was found."""
    study = load(TextStudy, config, overrides)
    page = run_study(study, out or Path("runs") / study.name, workers)
    for sentence in findings(read_study(page.parent)):
        print(f"- {sentence}")
    print(f"report: {page}")


def check_file(config: Path, overrides: Sequence[str]) -> None:
    """Print the resolved study, its texts, and the work that it will take; touch nothing."""
    study = load(TextStudy, config, overrides)
    texts, splits = check_study(study, Machine.here(study.data_root))
    print(yaml.safe_dump(study.dump(), sort_keys=False, allow_unicode=True), end="")
    table = Table("corpus", "texts", "with a class", f"with {study.attribute}", "speakers")
    for one in texts.values():
        numbers = (len(one), len(one.labelled()), len(one.known()), len(set(one.speakers)))
        table.add_row(one.corpus, *(f"{number:,}" for number in numbers))
    sides = Table("rotation", "train", "validation", "test")
    for number, split in enumerate(splits):
        own = [texts[OWN].by(side) for side in split]
        sides.add_row(str(number), *(f"{len(set(part.speakers))} speakers, {len(part):,} texts" for part in own))
    work = f"{len(jobs_of(study))} trainings; {len(study.models)} of them are explained"
    Console().print(table, sides, work, sep="\n")
