"""What the second dense layer's gradient gives away of the inputs, through a first layer that the server knows.

Where nothing of the first layer is sent, the second still gives the mean activation h of the first hidden layer, as the
first would the mean input (see ``mean_input``). Of a unit with weights w, what h exceeds the mean of all units by grows
with w^T x, and the least squares of a function of linear combinations on the weights finds their common direction
whatever the function is (Brillinger 1982). Of weights that were drawn independently that is W_1^T (h - mean h), up to a
factor. No order of neurons is left in it, so that trainings whose first layers differ compare.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.updates.public import PublicParameters
from fedser.updates.reductions.mean_input import mean_input
from fedser.updates.reductions.reduction import Reduction, Shapes, gradient
from fedser.updates.update import Array, Arrays, Update


class Activations(Reduction):
    """The direction of the mean input [in], by way of the mean activation and the broadcast model's first layer."""

    source: ClassVar[str] = "Geiping et al. 2020, prop. 3.1, one layer on; Brillinger 1982"
    name: Literal["activations"] = "activations"
    layers: tuple[str, ...] = Field(min_length=2, max_length=2, description="the first two layers, both dense")

    @property
    def key(self) -> str:
        """``activations.dense1+dense2``."""
        return f"{self.name}.{'+'.join(self.layers)}"

    @property
    def reads(self) -> tuple[str, ...]:
        """The second layer's weight [out, hidden] and bias [out]."""
        return f"{self.layers[1]}.weight", f"{self.layers[1]}.bias"

    @property
    def knows(self) -> tuple[str, ...]:
        """The first layer's weight [hidden, in], and what pseudo-gradients are differences from."""
        return f"{self.layers[0]}.weight", *self.reads

    def shapes(self, parameters: Shapes) -> Shapes:
        """One array, ``mean`` [in]."""
        return {"mean": (parameters[f"{self.layers[0]}.weight"][1],)}

    def __call__(self, update: Update, broadcast: Arrays, public: PublicParameters) -> Arrays:
        """``mean``: of the gradient, or of T eta times the pseudo-gradient, which gives the same."""
        weight, bias = (gradient(update, name, broadcast, public) for name in self.reads)
        return {"mean": through(broadcast[f"{self.layers[0]}.weight"], mean_input(weight, bias))}


def through(weight: Array, activation: Array) -> Array:
    """W_1^T (h - mean h) of a layer [hidden, in], brought to length one, float32 [in]; zeros where that has none."""
    back = np.einsum("oi,o->i", weight.astype(np.float64), activation - activation.mean(dtype=np.float64))
    length = np.sqrt((back**2).sum())
    return np.asarray(back / length if length > 0 else back, dtype=np.float32)
