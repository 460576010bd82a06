"""``fedser export`` and ``fedser import``: captures in formats that others read, and back."""

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from fedser.errors import ConfigError

_ROUNDS = re.compile(r"(\d+)(?:-(\d+))?")


def export_capture(
    run: Annotated[Path, typer.Argument(metavar="RUN_FOLDER", help="the run's folder", show_default=False)],
    out: Annotated[Path, typer.Argument(help="a new folder", show_default=False)],
    kind: Annotated[Literal["npz", "breaching"], typer.Option("--format", help="arrays by name, or by place")] = "npz",
    training: Annotated[str, typer.Option(help="whose updates")] = "private-0",
    rounds: Annotated[str | None, typer.Option(metavar="N[-M]", help="only these rounds", show_default="all")] = None,
) -> None:
    """Write a training's captured updates as npz and json, or for the attacks of the breaching project."""
    from fedser.updates.exchange import export_store
    from fedser.updates.store import UpdateStore
    from simulations.progress import bars
    from simulations.run_folder import RunFolder

    folder = RunFolder(run)
    if not folder.updates(training).is_dir():
        there = sorted(path.parent.name for path in run.glob("simulate/*/updates"))
        raise ConfigError(f"{run}: no updates of {training} here (choose from {', '.join(there) or 'none'})")
    store, chosen = UpdateStore(folder.updates(training)), chosen_rounds(rounds)
    with bars() as shown:
        updates = export_store(store, out, kind, chosen, shown.bar("updates exported"))
    print(f"exported: {updates} updates of {training} to {out}")


def import_capture(
    exported: Annotated[Path, typer.Argument(help="a folder that was exported", show_default=False)],
    out: Annotated[Path, typer.Argument(help="a new folder", show_default=False)],
) -> None:
    """Make a store of updates of an exported folder, which ``UpdateStore`` and ``UpdateSet`` read."""
    from fedser.updates.exchange import import_store
    from simulations.progress import bars

    with bars() as shown:
        store = import_store(exported, out, shown.bar("parts imported"))
    print(f"imported: {len(store.rows())} updates of {store.public.training} to {out}")


def chosen_rounds(text: str | None) -> range | None:
    """``3`` or ``1-5``, both ends among them; None for all. Raises ConfigError for anything else."""
    if text is None:
        return None
    match = _ROUNDS.fullmatch(text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last:
        raise ConfigError(f"--rounds: {text!r} is no round and no run of rounds (such as 3, or 1-5)")
    return range(first, last + 1)
