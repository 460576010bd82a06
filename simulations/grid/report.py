"""Builds a grid's tables and its ``report.html`` from the folders of its finished cells alone."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from fedser.artifacts.files import write_text
from fedser.errors import InputError
from simulations.grid.compared import compared
from simulations.grid.compared_rows import COMPARED_HEADS, compared_rows, compared_sentences
from simulations.grid.figures import grid_drawings
from simulations.grid.folder import GridFolder
from simulations.grid.plane import decisions, plane
from simulations.grid.plane_figure import plane_drawing
from simulations.grid.rows import COST_HEADS, FEW, HEADS, cost_rows, summary_rows
from simulations.grid.tables import finished, read_tables, write_tables
from simulations.paper import write_comparison
from simulations.report.build import FIGURES, PAGE, render, show
from simulations.report.style import house_style


def build_grid_report(path: Path) -> Path:
    """Write the tables, figures and page of the grid in ``path``, and return the page.

    Raises InputError where no cell is finished, or a table of one is missing or damaged.
    """
    folder = GridFolder(path)
    stored, done = folder.stored(), finished(folder)
    if not done:
        raise InputError(f"{path}: no cell of this grid is finished; `fedser run` goes on with it")
    tables = read_tables(folder)
    write_tables(path, tables)
    cells = plane(stored.axes, tables)
    beside = compared(stored.baselines, done, tables, folder.scored)
    with house_style():
        drawings = [*plane_drawing(stored.axes, cells), *grid_drawings(stored.axes, tables, stored.baselines)]
        figures = {one.name: show(one, path / FIGURES) for one in drawings}
    page = render(
        Path(__file__).parent,
        "grid.html",
        figures=figures,
        grid=stored,
        done=len(done),
        few=FEW,
        heads=[*stored.axes, *HEADS],
        paper=write_comparison(path),
        cells=summary_rows(stored.labels(), done, tables),
        cost_heads=[*stored.axes, *COST_HEADS],
        costs=cost_rows(done, tables),
        compared_heads=[*stored.axes, *COMPARED_HEADS],
        compared=compared_rows(beside),
        findings=compared_sentences(beside),
        decisions=decisions(cells) if len(cells) else [],
    )
    write_text(path / PAGE, page)
    return path / PAGE


def grid_table(path: Path) -> Table:
    """The summary of a grid's finished cells, for the terminal."""
    folder = GridFolder(path)
    stored, done = folder.stored(), finished(folder)
    table = Table(*stored.axes, *HEADS[:-1], box=SIMPLE_HEAD, pad_edge=False)
    for row in summary_rows(done, done, read_tables(folder)):
        table.add_row(*map(escape, row.cells[:-1]))
    return table
