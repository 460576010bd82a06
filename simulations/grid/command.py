"""``fedser run`` and ``fedser check`` with the file of a grid."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from simulations.grid.check import check_cells
from simulations.grid.grid import read_grid
from simulations.grid.report import grid_table
from simulations.grid.run import run_grid
from simulations.grid.work import work_table


def run_file(
    config: Path, overrides: Sequence[str], flags: Sequence[str], out: Path | None, workers: int | None, go_on: bool
) -> None:
    """Run the chosen cells of the grid that ``config`` describes."""
    grid = read_grid(config, overrides)
    folder = out or Path("runs") / grid.name
    page = run_grid(grid, grid.chosen(flags), folder, workers, go_on)
    Console().print(grid_table(folder))
    print(f"report: {page}")


def check_file(config: Path, overrides: Sequence[str], flags: Sequence[str]) -> None:
    """Print the chosen cells and the work and disk that they will take; touch nothing."""
    grid = read_grid(config, overrides)
    cells = grid.chosen(flags)
    Console().print(work_table(grid, cells, check_cells(cells)))
