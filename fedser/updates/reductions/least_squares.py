"""The mean input that every neuron's gradient tells of, each neuron weighed by how surely it tells.

A neuron's weight gradient is its bias gradient times the mean input m, and noise: grad W_i = grad b_i m + e_i with
e_i = sum_n delta_in (x_n - m) (Phong et al. 2018, section III). The best linear unbiased estimate of m weighs each
neuron's ratio grad W_i / grad b_i by (grad b_i)^2 / Var(e_i) (Gauss-Markov; Aitken 1935):

- errors delta_in of one size in all neurons: Var(e_i) is one number, and the weights are (grad b_i)^2;
- errors of one sign within a neuron: Var(e_i) grows as |grad b_i|, and the weights are |grad b_i|, which makes the
  sign-weighted mean of ``mean_input``;
- errors of another size in each neuron: Var(e_i) is estimated from how far the first fit misses neuron i over all
  input dimensions, and a second fit uses it (feasible generalised least squares).
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.updates.reductions.backward import Floats
from fedser.updates.reductions.kinds import OfDenseLayer
from fedser.updates.update import Array

Noise = Literal["equal", "estimated"]
"""What is assumed of Var(e_i): one for all neurons, or one for each."""


class LeastSquares(OfDenseLayer):
    """The mean input by (weighted) least squares over the neurons: as many numbers as the layer has inputs."""

    source: ClassVar[str] = "Phong et al. 2018, sec. III; Aitken 1935 (generalised least squares)"
    name: Literal["least_squares"] = "least_squares"
    noise: Noise = Field("equal", description="the neurons' noise: equal, or estimated for each neuron")

    @property
    def key(self) -> str:
        """``least_squares.equal.dense1``."""
        return f"{self.name}.{self.noise}.{self.layer}"

    @property
    def gives(self) -> str:
        """``mean``."""
        return "mean"

    def of(self, weight: Array, bias: Array) -> Array:
        """As ``least_squares`` says: T eta drops out."""
        return least_squares(weight, bias, self.noise)


def least_squares(weight: Array, bias: Array, noise: Noise) -> Array:
    """sum_i w_i grad b_i grad W_i / sum_i w_i (grad b_i)^2 with w_i = 1 / Var(e_i), float32 [in].

    An update whose bias gradient is zero all over tells nothing of its input, and gives zeros.
    """
    rows, factors = np.ascontiguousarray(weight, dtype=np.float64), np.asarray(bias, dtype=np.float64)
    if not factors.any():
        return np.zeros(rows.shape[1], dtype=np.float32)
    mean = weighted_mean(rows, factors, np.ones_like(factors))
    if noise == "estimated":
        missed = ((rows - factors[:, None] * mean) ** 2).mean(axis=1)
        # One utterance is told exactly by every neuron: no miss is then taken for less than rounding.
        mean = weighted_mean(rows, factors, 1 / np.maximum(missed, 1e-6 * missed.mean() + np.finfo(np.float32).tiny))
    found: Array = mean.astype(np.float32)
    return found


def weighted_mean(rows: Floats, factors: Floats, precision: Floats) -> Floats:
    """The m that minimises sum_i precision_i |rows_i - factors_i m|^2, float64 [in]."""
    pull = precision * factors
    # Row after row, where a BLAS product would add in an order that depends on its threads.
    mean: Floats = np.einsum("o,oi->i", pull, rows) / (pull * factors).sum()
    return mean
