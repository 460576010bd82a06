"""Logistic regression on each update's mean input: a few hundred numbers that no reordering of neurons changes.

Pseudo-gradients (FedAvg) need no T here: the mean input is the same whatever T eta is.
"""

from typing import ClassVar, Literal

from attacks.attack import Shapes
from attacks.knowledge import Knowledge
from attacks.linear import LinearAttack
from attacks.reduced_matrix import first_dense
from fedser.updates.reductions import MeanInput


class Logistic(LinearAttack):
    """Logistic regression on the mean input that the first dense layer's gradient gives away."""

    source: ClassVar[str] = "Phong et al. 2018, sec. III; Geiping et al. 2020, prop. 3.1"
    knowledge: ClassVar[Knowledge] = "updates"
    weighs_inputs: ClassVar[bool] = True
    name: Literal["logistic"] = "logistic"

    def reduction(self, parameters: Shapes) -> MeanInput:
        """The mean input of the first layer, which must be dense."""
        return MeanInput(layer=first_dense(parameters, self.name))
