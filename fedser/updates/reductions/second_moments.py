"""How differently the neurons see each input dimension: the spread of the per-neuron mean inputs around their mean.

Each neuron's grad W_i / grad b_i is a mean of the client's inputs with weights of its own (Phong et al. 2018, section
III); over the neurons these means scatter as the inputs of the batch do, dimension by dimension: the more an input
varies within the batch, the further they lie apart. Statistics over neurons do not know the neurons' order.
"""

from typing import ClassVar, Literal

import numpy as np

from fedser.updates.reductions.kinds import OfDenseLayer
from fedser.updates.reductions.least_squares import weighted_mean
from fedser.updates.update import Array


class SecondMoments(OfDenseLayer):
    """The spread of the neurons' mean inputs in each dimension: as many numbers as the layer has inputs."""

    source: ClassVar[str] = "Phong et al. 2018, sec. III: second moments of the neurons' ratios"
    name: Literal["second_moments"] = "second_moments"

    @property
    def gives(self) -> str:
        """``spread``."""
        return "spread"

    def of(self, weight: Array, bias: Array) -> Array:
        """As the function ``spread`` says."""
        return spread(weight, bias)


def spread(weight: Array, bias: Array) -> Array:
    """The ratios' standard deviation over the neurons, with weights (grad b_i)^2, over its size in all dimensions.

    sqrt(sum_i (grad W_id - grad b_i m_d)^2), m the least-squares mean input, divided by its root mean square over d:
    float32 [in]. The weights cancel the division by a small grad b_i, and the common size, which tells of the errors
    and not of the inputs, drops out with every factor of the update. Where all ratios agree (one utterance, or no
    gradient at all) there is no spread, and zeros are given.
    """
    rows, factors = np.ascontiguousarray(weight, dtype=np.float64), np.asarray(bias, dtype=np.float64)
    mean = weighted_mean(rows, factors, np.ones_like(factors)) if factors.any() else np.zeros(rows.shape[1])
    square = ((rows - factors[:, None] * mean) ** 2).sum(axis=0)
    common = square.mean()
    # Rounding alone is no spread: of float32 rows it is 1e-7 of them.
    if common <= 1e-12 * (rows**2).sum(axis=0).mean():
        return np.zeros(rows.shape[1], dtype=np.float32)
    found: Array = np.sqrt(square / common).astype(np.float32)
    return found
