"""What a training's model makes of utterances in its hidden layers: their representations, with no gradient."""

from collections.abc import Sequence

import numpy as np

from fedser.devices import one_thread
from fedser.engine.data import Features
from fedser.engine.simulation import Simulation
from fedser.models.parameters import load
from fedser.updates.update import Arrays

PIECE = 512
"""Rows in one forward pass, at most."""


def embeddings(simulation: Simulation, x: Features, model: Arrays | None, layers: Sequence[str]) -> Arrays:
    """By hidden layer, the representations float32 [rows, width] of ``x`` [rows, dims], without any dropout.

    Of the training's ``model``, whose own layers alone are read, or of its initial one where this is None.
    """
    import torch

    network = simulation.network(x.shape[1]).eval()
    if model is not None:
        load(network, model)
    pieces: dict[str, list[Features]] = {layer: [] for layer in layers}
    with one_thread(), torch.no_grad():
        for start in range(0, len(x), PIECE):
            piece = torch.from_numpy(np.require(x[start : start + PIECE], requirements=("C", "W")))
            given = simulation.defended_model.represent(network, piece)
            for layer in layers:
                pieces[layer].append(given[layer].numpy())
    return {layer: np.concatenate(found) for layer, found in pieces.items()}
