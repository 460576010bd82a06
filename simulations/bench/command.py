"""``python -m simulations.bench``: measure, print, write; exit code 1 when the sides do not compute the same."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

WIDTH = 100
"""Columns of the tables where the output is a file or a pipe."""


def bench(
    rounds: Annotated[int, typer.Option(min=1, help="timed rounds of one repetition")] = 10,
    repetitions: Annotated[int, typer.Option(min=1, help="how often each side is timed, in turns")] = 5,
    engines: Annotated[str, typer.Option(help="which of our engines, separated by commas")] = "inline,flower",
    clients: Annotated[int, typer.Option(min=1, help="registered clients; a tenth of them train in a round")] = 72,
    utterances: Annotated[int, typer.Option(min=2, help="training utterances of a client, on average")] = 42,
    features: Annotated[int, typer.Option(min=1, help="inputs of the model")] = 988,
    cpu: Annotated[
        bool, typer.Option("--cpu", help="count this process's CPU seconds, where others share the machine")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="of data, weights and batches")] = 1,
    out: Annotated[Path, typer.Option(help="folder of the csv files")] = Path("runs/bench"),
) -> None:
    """Our seconds per round and per client update, beside a plain sequential loop and bare arithmetic."""
    from simulations.bench.bench import bench as run
    from simulations.bench.engines import engine_sides
    from simulations.bench.setting import Setting
    from simulations.bench.table import render
    from simulations.progress import bars

    setting = Setting(
        clients=clients,
        utterances=utterances,
        features=features,
        rounds=rounds,
        repetitions=repetitions,
        seed=seed,
        clock="cpu" if cpu else "wall",
    )
    sides = engine_sides(engines.split(","))
    with bars() as shown:
        results = run(setting, sides, shown.bar("bench"))
    results.write(out)
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    console.print(render(results))
    console.print(f"csv: {out}")
    if not results.agree:
        raise typer.Exit(1)
