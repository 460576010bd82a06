"""What a dense layer's gradient gives away of its inputs, whatever the order and signs of its neurons.

With delta_n the error signal of utterance n at the layer's output, grad W = sum_n delta_n x_n^T and
grad b = sum_n delta_n (Phong et al. 2018, section III; Geiping et al. 2020, proposition 3.1): each row of grad W,
divided by its element of grad b, is a weighted mean of the client's inputs.
"""

from typing import ClassVar, Literal

import numpy as np

from fedser.updates.reductions.kinds import OfDenseLayer
from fedser.updates.update import Array


class MeanInput(OfDenseLayer):
    """The mean input that a dense layer's gradient gives away: as many numbers as the layer has inputs."""

    source: ClassVar[str] = "Phong et al. 2018, sec. III; Geiping et al. 2020, prop. 3.1"
    name: Literal["mean_input"] = "mean_input"

    @property
    def gives(self) -> str:
        """``mean``."""
        return "mean"

    def of(self, weight: Array, bias: Array) -> Array:
        """As ``mean_input`` says: T eta drops out."""
        return mean_input(weight, bias)


def mean_input(weight: Array, bias: Array) -> Array:
    """sign(grad b) . grad W / |grad b|_1: the input's mean over the batch and the neurons, float32 [in].

    Each neuron's mean input counts by the magnitude of its bias gradient, so that the neurons' order, the signs of
    their errors and any positive factor (T eta of eq. 5) drop out. An update whose bias gradient is zero all over
    tells nothing of its input, and gives zeros.
    """
    total = np.abs(bias).sum()
    if total == 0:
        return np.zeros(weight.shape[1], dtype=np.float32)
    # Row after row, where a BLAS product would add in an order that depends on its threads.
    mean: Array = np.einsum("o,oi->i", np.sign(bias), np.ascontiguousarray(weight)) / total
    return mean
