"""What the first dense layer's gradient gives away of its inputs, whatever the order and signs of its neurons.

With delta_n the error signal of utterance n at the layer's output, grad W = sum_n delta_n x_n^T and
grad b = sum_n delta_n (Phong et al. 2018, section III; Geiping et al. 2020, proposition 3.1): each row of grad W,
divided by its element of grad b, is a weighted mean of the client's inputs.
"""

from typing import Any

import numpy as np

from attacks.attack import Progress, Shapes
from attacks.update_set import UpdateSet
from fedser.errors import ConfigError
from fedser.updates.update import Array, layers_of

Matrix = np.ndarray[Any, np.dtype[np.float32]]


def first_dense(parameters: Shapes, attack: str) -> str:
    """The name of the first layer; raises ConfigError unless it is dense and has a bias."""
    layer = layers_of(parameters)[0]
    shapes = parameters.get(f"{layer}.weight", ()), parameters.get(f"{layer}.bias", ())
    if tuple(map(len, shapes)) != (2, 1):
        raise ConfigError(
            f"attack {attack}: the first layer, {layer}, has weight {list(shapes[0])} and bias {list(shapes[1])};"
            " it reads a dense layer with a bias, weight [out, in] and bias [out]"
        )
    return layer


def mean_input(weight: Array, bias: Array) -> Array:
    """sign(grad b) . grad W / |grad b|_1: the input's mean over the batch and the neurons, float32 [in].

    Each neuron's mean input counts by the magnitude of its bias gradient, so that the neurons' order, the signs of
    their errors and any positive factor (T eta of eq. 5) drop out. An update whose bias gradient is zero all over
    tells nothing of its input, and gives zeros.
    """
    total = np.abs(bias).sum()
    if total == 0:
        return np.zeros(weight.shape[1], dtype=np.float32)
    mean: Array = np.sign(bias) @ weight / total
    return mean


def mean_inputs(updates: UpdateSet, layer: str, progress: Progress) -> Matrix:
    """The mean input of each update, float32 [updates, in]; reads one update at a time."""
    features = np.empty((len(updates), updates.public.parameters[f"{layer}.weight"][1]), dtype=np.float32)
    for index, gradient in enumerate(updates.gradients(layer)):
        features[index] = mean_input(gradient["weight"], gradient["bias"])
        progress(f"mean inputs of {layer}", index + 1, len(updates))
    return features
