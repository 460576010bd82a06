"""What a training's model makes of utterances in its hidden layers: their representations."""

from collections.abc import Sequence

from fedser.engine.data import Features
from fedser.engine.simulation import Simulation
from fedser.models.activations import activations
from fedser.models.parameters import parameters
from fedser.updates.update import Arrays


def embeddings(simulation: Simulation, x: Features, model: Arrays | None, layers: Sequence[str]) -> Arrays:
    """By hidden layer, the representations float32 [rows, width] of ``x`` [rows, dims], without any dropout.

    Of the training's ``model``, whose own layers alone are read, or of its initial one where this is None.
    """
    arrays = parameters(simulation.network(x.shape[1])) if model is None else model
    hidden = simulation.defended_model.hidden_layers
    return {layer: activations(arrays, x, hidden.index(layer) + 1) for layer in layers}
