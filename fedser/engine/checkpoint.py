"""A training's state on disk: one safetensors file, replaced whole, from which a killed run goes on bit for bit."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from fedser.artifacts.files import half_written
from fedser.artifacts.tensors import write_tensors
from fedser.engine.history import HistoryRow, State
from fedser.errors import CaptureError


def save_state(path: Path, state: State) -> None:
    """Write ``state`` atomically; a full disk raises CaptureError."""
    tensors = {f"model/{k}": v for k, v in state.model.items()} | {f"best/{k}": v for k, v in state.best.items()}
    header = {
        "round": state.round,
        "best_round": state.best_round,
        "best_score": state.best_score,
        "names": list(state.model),
        "history": [asdict(row) for row in state.history],
    }
    write_tensors(path, tensors, header, "checkpoint")


def clear_half_written(path: Path) -> None:
    """Remove what ``save_state`` has left beside ``path`` where its process was killed; nobody may be writing it."""
    for half in half_written(path.parent):
        if half.name.startswith(f".{path.name}."):
            half.unlink(missing_ok=True)


def load_state(path: Path) -> State | None:
    """The state in ``path``, or None where there is none; raises CaptureError when it is damaged."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="np") as stored:
            file: Any = stored
            header = json.loads(file.metadata()["fedser"])
            model = {name: file.get_tensor(f"model/{name}") for name in header["names"]}
            best = {name: file.get_tensor(f"best/{name}") for name in header["names"]}
    except (SafetensorError, TypeError, KeyError, ValueError) as error:
        raise CaptureError(f"{path}: not a readable checkpoint ({error}); delete its folder to start again") from error
    history = tuple(HistoryRow(**row) for row in header["history"])
    return State(header["round"], model, best, header["best_round"], header["best_score"], history)
