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
    """The name of the first layer; raises ConfigError unless it is dense and has a bias."""
    layer = layers_of(parameters)[0]
    shapes = parameters.get(f"{layer}.weight", ()), parameters.get(f"{layer}.bias", ())
    if tuple(map(len, shapes)) != (2, 1):
        raise ConfigError(
            f"attack {attack}: the first layer, {layer}, has weight {list(shapes[0])} and bias {list(shapes[1])};"
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
