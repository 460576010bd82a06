"""What a reduction makes of many updates, as one matrix, and which layer it may be made of."""

from math import prod
from typing import Any

import numpy as np

from attacks.attack import Progress, Shapes
from attacks.update_set import UpdateSet
from fedser.errors import ConfigError
from fedser.updates.reductions import ReductionConfig
from fedser.updates.update import layers_of

Matrix = np.ndarray[Any, np.dtype[np.float32]]


def first_dense(parameters: Shapes, attack: str) -> str:
    """The name of the first layer; raises ConfigError unless it is dense and has a bias.

    A convolution is a dense layer of patches, and what comes into a recurrent layer meets one of frames.
    """
    layer = layers_of(parameters)[0]
    weight, bias = parameters.get(f"{layer}.weight", ()), parameters.get(f"{layer}.bias", ())
    if len(weight) < 2 or len(bias) != 1:
        raise ConfigError(
            f"attack {attack}: the first layer, {layer}, has weight {list(weight)} and bias {list(bias)};"
            " it reads a dense layer with a bias, weight [out, in] and bias [out]"
        )
    return layer


def reduced_matrix(updates: UpdateSet, reduction: ReductionConfig, progress: Progress) -> Matrix:
    """The numbers of each update, its arrays one after the other, float32 [updates, numbers]."""
    shapes = reduction.shapes(updates.public.parameters)
    matrix = np.empty((len(updates), sum(map(prod, shapes.values()))), dtype=np.float32)
    for index, arrays in enumerate(updates.reductions(reduction)):
        matrix[index] = np.concatenate([arrays[name].ravel() for name in shapes])
        progress(f"{reduction.key} of each update", index + 1, len(updates))
    return matrix
