"""What a finished training's model says of the utterances of the speakers that it was not trained on."""

import numpy as np

from fedser.devices import one_thread
from fedser.engine.data import Labels, OpenData
from fedser.engine.evaluation import Evaluation
from fedser.engine.simulation import Simulation
from fedser.models.parameters import load
from fedser.updates.update import Arrays


def held_out_predictions(simulation: Simulation, data: OpenData, model: Arrays) -> Labels:
    """The class that ``model`` gives each test row, int64 [rows] in the order of ``data.partition.test``.

    By forward passes of the torch module on the pieces that test scores are counted from, and with their dropout where
    it stays on then, so that an engine's own scores follow from them (but for ties, on another device).
    """
    network, task = simulation.network(data.x.shape[1]).eval(), simulation.task
    load(network, model)
    evaluation = Evaluation(data, task, simulation.selection)
    with one_thread():
        said = [
            task.predict(network, evaluation.features(piece), simulation.masks_at_evaluation(piece))
            for piece in range(evaluation.pieces)
        ]
    first = len(data.partition.validation.rows)
    labels: Labels = np.concatenate([np.empty(0, np.int64), *said])[first:]
    return labels
