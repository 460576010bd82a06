"""Logistic regression on each update's mean activation, seen from the inputs: where the first layer is kept back.

What an attacker does who knows that nothing of the first layer is sent. It needs a first layer that the server knows,
as it does one that is frozen; of a client's own it knows only where that began.
"""

from typing import ClassVar, Literal

from attacks.attack import Shapes
from attacks.dense import dense_layers
from attacks.knowledge import Knowledge
from attacks.linear import LinearAttack
from fedser.updates.reductions import Activations as Reduction


class Activations(LinearAttack):
    """White box: logistic regression on the direction of the mean input that the second layer gives away."""

    source: ClassVar[str] = "Geiping et al. 2020, prop. 3.1, one layer on; Brillinger 1982"
    knowledge: ClassVar[Knowledge] = "broadcast"
    weighs_inputs: ClassVar[bool] = True
    name: Literal["activations"] = "activations"

    def reduction(self, parameters: Shapes) -> Reduction:
        """By way of the first two layers, which must be dense, as all must."""
        return Reduction(layers=dense_layers(parameters, self.name)[:2])
