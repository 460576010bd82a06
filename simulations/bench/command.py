"""``fedser bench``: measure, print, write; exit code 1 when the sides do not compute the same."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from simulations.bench.bench import Bench

WIDTH = 120
"""Columns of the tables where the output is a file or a pipe."""


def bench(
    what: Annotated[str, typer.Argument(help="the bench, or all")] = "round",
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="replace one setting; repeatable")
    ] = None,
    out: Annotated[Path, typer.Option(help="folder of the csv files and figures")] = Path("runs/bench"),
    keys: Annotated[bool, typer.Option("--keys", help="list the settings and their defaults, and stop")] = False,
) -> None:
    """Measure what things cost here beside what they cost elsewhere, in turns and on this machine.

    WHAT is round, stock, scale, capture, trainings, cnn, cell or features, or all of them, which takes half an hour.
    """
    from simulations.bench.benches import chosen

    benches = chosen(what, overrides or ())
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    if keys:
        from simulations.bench.table import settings_table

        console.print(*map(settings_table, benches))
        return
    if not _run(benches, out, console):
        raise typer.Exit(1)


def _run(benches: "list[Bench]", out: Path, console: Console) -> bool:
    """Whether all sides of all benches agree."""
    from simulations.bench.figure import draw
    from simulations.bench.table import render
    from simulations.progress import bars

    found = []
    for each in benches:
        with bars() as shown:
            found.append(each.measure(shown))
        found[-1].write(out / each.name)
        console.print(render(found[-1]))
    draw(out)
    console.print(f"csv and figures: {out}")
    return all(results.agree for results in found)
