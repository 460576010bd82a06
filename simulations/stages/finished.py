"""The state that a finished training has left: its history, and the model of the selected round."""

from fedser.engine.checkpoint import load_state
from fedser.engine.history import State
from fedser.errors import CaptureError
from simulations.run_folder import RunFolder


def finished_state(folder: RunFolder, training: str) -> State:
    """The state of ``training``; raises CaptureError where it is missing or damaged."""
    state = load_state(folder.state(training))
    if state is None:
        place = folder.training(training)
        raise CaptureError(f"{place}: the training's state is missing; delete this folder and run again")
    return state
