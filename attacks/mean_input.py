"""The mean inputs that the first dense layer gives away, of many updates."""

from typing import Any

import numpy as np

from attacks.attack import Progress, Shapes
from attacks.update_set import UpdateSet
from fedser.errors import ConfigError
from fedser.updates.reductions import MeanInput
from fedser.updates.update import layers_of

Matrix = np.ndarray[Any, np.dtype[np.float32]]


def first_mean_input(parameters: Shapes, attack: str) -> MeanInput:
    """The reduction to the mean input of the first layer; raises ConfigError unless it is dense and has a bias."""
    layer = layers_of(parameters)[0]
    shapes = parameters.get(f"{layer}.weight", ()), parameters.get(f"{layer}.bias", ())
    if tuple(map(len, shapes)) != (2, 1):
        raise ConfigError(
            f"attack {attack}: the first layer, {layer}, has weight {list(shapes[0])} and bias {list(shapes[1])};"
            " it reads a dense layer with a bias, weight [out, in] and bias [out]"
        )
    return MeanInput(layer=layer)


def mean_inputs(updates: UpdateSet, reduction: MeanInput, progress: Progress) -> Matrix:
    """The mean input of each update, float32 [updates, in]."""
    features = np.empty((len(updates), *reduction.shapes(updates.public.parameters)["mean"]), dtype=np.float32)
    for index, reduced in enumerate(updates.reductions(reduction)):
        features[index] = reduced["mean"]
        progress(f"mean inputs of {reduction.layer}", index + 1, len(updates))
    return features
