"""Running the chosen cells of a grid, one after the other; what is finished is kept and counted as such."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from fedser.errors import ConfigError, FedserError, Problems
from simulations.grid.check import check_cells
from simulations.grid.folder import GridFolder
from simulations.grid.grid import Cell, Grid
from simulations.grid.report import build_grid_report
from simulations.grid.tables import finished, is_finished
from simulations.pipeline import run_experiment
from simulations.run_folder import RunFolder


def run_grid(grid: Grid, cells: Sequence[Cell], path: Path, workers: int | None = None, go_on: bool = False) -> Path:
    """Run ``cells`` of ``grid`` in the folder ``path`` and return the grid's page; what they share is trained once.

    Raises FedserError: before any work with all that is wrong with any of the cells, else where one fails, by its name.
    """
    folder = GridFolder(path)
    check_cells(cells, engines=True)
    folder.refuse_other(grid)
    _refuse_other_cells(cells, folder, go_on)
    with folder.claimed(grid):
        line = _Line(len(cells), sum(not is_finished(folder, cell.labels) for cell in cells))
        for cell in cells:
            before = is_finished(folder, cell.labels)
            line.begin(cell.title)
            try:
                run_experiment(cell.experiment, folder.cell(cell.title), workers, go_on, folder.shared)
            except FedserError as error:
                if finished(folder):
                    build_grid_report(path)
                raise type(error)(f"cell {cell.title}: {error}") from error
            line.end(before)
        return build_grid_report(path)


def _refuse_other_cells(cells: Sequence[Cell], folder: GridFolder, go_on: bool) -> None:
    problems = Problems()
    for cell in cells:
        with problems.collect(ConfigError):
            RunFolder(folder.cell(cell.title)).refuse_other(cell.experiment, go_on)
    problems.raise_if_any(ConfigError)


@dataclass
class _Line:
    """Tells which cell begins, and what is left by the time that unfinished ones have taken."""

    cells: int
    left: int
    begun: int = 0
    took: list[float] = field(default_factory=list)
    start: float = 0.0

    def begin(self, title: str) -> None:
        self.begun, self.start = self.begun + 1, time.monotonic()
        mean = sum(self.took) / max(len(self.took), 1)
        left = f", about {shown_seconds(mean * self.left)} left" if self.took else ""
        Console(stderr=True).print(f"cell {self.begun} of {self.cells}: {title}{left}", highlight=False, markup=False)

    def end(self, finished: bool) -> None:
        if not finished:
            self.left -= 1
            self.took.append(time.monotonic() - self.start)


def shown_seconds(seconds: float) -> str:
    """``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
