"""What the first dense layers make of inputs, from a model's named arrays alone and without dropout."""

from typing import Any

import numpy as np

from fedser.updates.update import Arrays

Floats = np.ndarray[Any, np.dtype[np.float32]]


def activations(model: Arrays, x: Floats, layer: int) -> Floats:
    """Those of hidden layer ``layer`` (from 1), float32 [rows, width], of inputs [rows, features]."""
    for number in range(1, layer + 1):
        weight, bias = model[f"dense{number}.weight"], model[f"dense{number}.bias"]
        x = np.maximum(x @ weight.T + bias, np.float32(0))
    return x
