"""What a finished training's model says of the utterances of the speakers that it was not trained on."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from fedser.devices import one_thread
from fedser.engine.data import Features, Labels, OpenData
from fedser.engine.evaluation import Evaluation
from fedser.engine.simulation import Simulation
from fedser.models.parameters import load
from fedser.updates.update import Arrays

if TYPE_CHECKING:
    import torch

Said = TypeVar("Said", Features, Labels)


def held_out_predictions(simulation: Simulation, data: OpenData, model: Arrays) -> Labels:
    """The class that ``model`` gives each test row, int64 [rows] in the order of ``data.partition.test``.

    By forward passes of the torch module on the pieces that test scores are counted from, and with their dropout where
    it stays on then, so that an engine's own scores follow from them (but for ties, on another device).
    """
    return _held_out(simulation, data, model, simulation.task.predict)


def held_out_probabilities(simulation: Simulation, data: OpenData, model: Arrays) -> Features:
    """The probability of each class, float32 [rows, classes], by the same forward passes."""
    return _held_out(simulation, data, model, simulation.task.probabilities)


def _held_out(
    simulation: Simulation,
    data: OpenData,
    model: Arrays,
    ask: "Callable[[torch.nn.Module, Features, torch.Generator | None], Said]",
) -> Said:
    network = simulation.network(data.x.shape[1]).eval()
    load(network, model)
    evaluation = Evaluation(data, simulation.task, simulation.selection)
    with one_thread():
        said = [
            ask(network, evaluation.features(piece), simulation.masks_at_evaluation(piece))
            for piece in range(evaluation.pieces)
        ]
    first = len(data.partition.validation.rows)
    held: Said = np.concatenate(said)[first:] if said else ask(network, data.x[:0], None)
    return held
