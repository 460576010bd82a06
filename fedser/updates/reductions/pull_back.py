"""The white-box pull-back: what each class's utterances looked like, read off the first layer's gradient.

The first layer's gradient is grad W_1 = sum_n delta_n x_n^T with errors delta_n = M_n^T (p_n - e_yn) (Phong et al.
2018, section III). The server knows the model it sent out, hence nearly knows M_n, which differs between utterances by
their ReLU gates alone. With one M for all, its pseudo-inverse gives sum_n (p_n - e_yn) x_n^T: for each class the sum of
its utterances, less a share of all. No order of neurons is left in it, so that trainings of other networks compare.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.updates.public import PublicParameters
from fedser.updates.reductions.backward import Floats, backward_map, expected_gates, open_gates, output_errors
from fedser.updates.reductions.reduction import Reduction, Shapes, gradient
from fedser.updates.update import Array, Arrays, Update

Map = Literal["linearised", "gated"]
"""Which one M: every ReLU open, M = W_3 W_2, or each open as often as the broadcast model lets expect."""


Trajectory = Literal["start", "ends"]
"""Where the local gradients are taken to be: at the broadcast model, or half way to the model that the client sent."""


class PullBack(Reduction):
    """Directions of the class-conditional mean inputs [classes, in], by way of the broadcast model of that round.

    Of models that took T steps of local SGD, theta_t - theta_k is exactly eta times the sum of the gradients at theta_t
    and at all models between: the first layer's change is still a sum of delta_n x_n^T, but each delta has come by the
    M of its own step. Both ends of the path are known, and ``ends`` takes the mean of their two M (the trapezoidal
    rule). Mean cosine with the sum of residuals times inputs, over 12 planted clients of 40 in batches of 20, from
    ``start`` to ``ends``: SGD at 0.1, 0.934 to 0.940 after 5 epochs and 0.903 to 0.938 after 20; at 0.5, 0.901 to
    0.936 and 0.888 to 0.954. After one epoch, and of gradients, there is no difference. Adam's change is no such sum,
    and the path explains little of it: at 5e-4, 0.855 to 0.856 after 5 epochs and 0.860 to 0.871 after 20.

    On those of local Adam it reads steps that are signs rather than gradients; least squares of signs on M^T
    still finds the direction up to one factor for each input dimension (Brillinger 1982; Plan and Vershynin 2016). With
    planted class means, the mean cosine with the truth is 0.88 from one gradient and 0.73 after two steps of Adam.
    """

    source: ClassVar[str] = "Phong et al. 2018, sec. III, inverted with the broadcast model's weights"
    name: Literal["pull_back"] = "pull_back"
    layers: tuple[str, ...] = Field(min_length=2, description="all dense layers, input side first")
    map: Map = Field("gated", description="the backward map: linearised, or gated as often as is to be expected")
    trajectory: Trajectory = Field(
        "start", description="the models whose map it is: the broadcast one, or that and what the client sent"
    )

    @property
    def key(self) -> str:
        """``pull_back.gated.dense1+dense2+dense3``, with ``ends.`` before the layers where both ends are looked at."""
        path = "" if self.trajectory == "start" else f"{self.trajectory}."
        return f"{self.name}.{self.map}.{path}{'+'.join(self.layers)}"

    @property
    def reads(self) -> tuple[str, ...]:
        """The first layer's weight [out, in]; all that it knows of the broadcast model where it looks at both ends."""
        return self.knows if self.trajectory == "ends" else (f"{self.layers[0]}.weight",)

    @property
    def knows(self) -> tuple[str, ...]:
        """The weights of all layers, and the biases that gates follow from."""
        return (*_names(self.layers, "weight"), *_names(self.layers[:-1], "bias"))

    def shapes(self, parameters: Shapes) -> Shapes:
        """One array, ``classes`` [classes, in]."""
        first, last = (parameters[f"{layer}.weight"] for layer in (self.layers[0], self.layers[-1]))
        return {"classes": (last[0], first[1])}

    def __call__(self, update: Update, broadcast: Arrays, public: PublicParameters) -> Arrays:
        """``classes``: as ``pull_back`` says, of the gradient or of the pseudo-gradient, whose T eta drops out."""
        arrived = gradient(update, self.reads[0], broadcast, public)
        backward = self._map(broadcast)
        if self.trajectory == "ends" and public.sends == "parameters":
            backward = (backward + self._map(update.arrays)) / 2
        return {"classes": pull_back(arrived, backward)}

    def _map(self, broadcast: Arrays) -> Floats:
        weights = _floats(broadcast, _names(self.layers, "weight"))
        if self.map == "linearised":
            return backward_map(weights[1:], open_gates(weights[1:]))
        biases = _floats(broadcast, _names(self.layers[:-1], "bias"))
        return backward_map(weights[1:], expected_gates(weights[:-1], biases))


def pull_back(arrived: Array, backward: Floats) -> Array:
    """-(p_n - e_yn) x_n^T summed over n, each class's row brought to length one: float32 [classes, in].

    The length of a row says how badly the class is predicted (its residuals p - e_y shrink as the training goes on) and
    nothing of the inputs; without it an update of any round compares with that of any other. Without a gradient: zeros.
    """
    rows = -output_errors(backward, np.ascontiguousarray(arrived, dtype=np.float64))
    length = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    directions: Array = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0).astype(np.float32)
    return directions


def _names(layers: Sequence[str], kind: str) -> tuple[str, ...]:
    return tuple(f"{layer}.{kind}" for layer in layers)


def _floats(arrays: Arrays, names: Sequence[str]) -> list[Floats]:
    return [arrays[name].astype(np.float64) for name in names]
