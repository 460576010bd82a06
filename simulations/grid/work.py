"""The work and disk that a grid's cells will take, beside each other and in all."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table

from fedser.artifacts.files import value_hash
from simulations.canaries import TRAINING as CANARIES
from simulations.checks import aligned_reductions, captured_reductions, planned_shapes
from simulations.corpora import Corpora
from simulations.estimate import Work, count_work, shown_work
from simulations.experiment import Experiment
from simulations.grid.grid import Cell, Grid

_SHOWN = ("trainings", "client_updates", "captured_updates", "disk")
_DECIDE = ("seed", "attribute", "unknown_attribute", "features", "partition", "task", "model", "algorithm", "rounds")
_DECIDE_TOO = ("selection", "defenses", "capture")
_TRAININGS: dict[str, tuple[str, ...]] = {
    "private": ("private",),
    "shadow": ("shadow", "shadow_speakers"),
    "aligned": ("private", "shadow_speakers"),
    CANARIES: (),
}


def work_table(grid: Grid, cells: Sequence[Cell], corpora: Sequence[Corpora]) -> Table:
    """One line per cell, and in the last one the work of all, where what cells share is counted once."""
    table = Table(*grid.axes, *(name.replace("_", " ") for name in _SHOWN), show_footer=False)
    distinct: dict[str, Work] = {}
    for cell, tables in zip(cells, corpora, strict=True):
        works = count_work(cell.experiment, tables)
        table.add_row(*cell.labels.values(), *_counts(list(works.values())))
        distinct |= {_key(cell.experiment, role): work for role, work in works.items()}
    table.add_section()
    table.add_row(f"all {len(cells)} cells", *[""] * (len(grid.axes) - 1), *_counts(list(distinct.values())))
    return table


def _counts(works: Sequence[Work]) -> Iterator[str]:
    for name in _SHOWN:
        yield shown_work(name, sum(getattr(work, name) for work in works))


def _key(experiment: Experiment, role: str) -> str:
    """The same where trainings are the same, as far as a configuration tells."""
    corpora, shapes = experiment.dump("corpora")["corpora"], planned_shapes(experiment)
    decides: dict[str, Any] = experiment.dump(*_DECIDE, *_DECIDE_TOO)
    aligned = role.endswith("aligned")
    kind = "aligned" if aligned else role if role in ("private", CANARIES) else "shadow"
    decides["corpora"] = corpora if aligned else corpora["shadow" if kind == "shadow" else "private"]
    decides["canaries"] = experiment.canaries.trained.model_dump() if experiment.canaries and role == CANARIES else None
    decides["trainings"] = [experiment.dump("trainings")["trainings"][key] for key in _TRAININGS[kind]]
    reductions = aligned_reductions if aligned else captured_reductions
    decides["reductions"] = [one.model_dump(mode="json") for one in reductions(experiment, shapes)]
    return value_hash({"role": role, **decides, "aligned": experiment.dump("aligned") if aligned else None})
