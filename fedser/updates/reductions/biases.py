"""The bias updates alone, in the neurons' order and sorted: few numbers, and those of every layer.

grad b = sum_n delta_n, the sum of the errors at a layer's output (Phong et al. 2018, section III): it holds nothing of
the inputs themselves, but how far the model is off, and into which direction. Neurons are in another order in every
training, but for those of the output layer, whose order is that of the classes: so the values are given sorted as well.
"""

from typing import ClassVar, Literal

import numpy as np

from fedser.updates.public import PublicParameters
from fedser.updates.reductions.kinds import OfArrays
from fedser.updates.reductions.reduction import Shapes, gradient
from fedser.updates.update import Arrays, Update


class Biases(OfArrays):
    """The direction of each bias update, in the neurons' order and sorted, and its length."""

    source: ClassVar[str] = "Phong et al. 2018, sec. III"
    name: Literal["biases"] = "biases"

    def shapes(self, parameters: Shapes) -> Shapes:
        """For each array [n]: itself [n], ``.sorted`` [n], and ``.length`` [1]."""
        named = ((name, parameters[name]) for name in self.parameters)
        return {
            key: shape
            for name, own in named
            for key, shape in ((name, own), (f"{name}.sorted", own), (f"{name}.length", (1,)))
        }

    def __call__(self, update: Update, broadcast: Arrays, public: PublicParameters) -> Arrays:
        """Each array divided by its Euclidean length (nothing is divided by 0), so that T eta is in the length only."""
        arrays: dict[str, np.ndarray] = {}
        for name in self.parameters:
            bias = gradient(update, name, broadcast, public).astype(np.float64)
            length = np.sqrt((bias * bias).sum())
            direction = (bias / (length or 1.0)).astype(np.float32)
            arrays |= {name: direction, f"{name}.sorted": np.sort(direction)}
            arrays[f"{name}.length"] = np.array([length], dtype=np.float32)
        return arrays
