"""Logistic regression on the bias updates alone: a few hundred numbers, which hold no product with an input."""

from typing import ClassVar, Literal

from attacks.attack import Shapes
from attacks.knowledge import Knowledge
from attacks.linear import LinearAttack
from fedser.errors import ConfigError
from fedser.updates.reductions import Biases
from fedser.updates.update import layers_of


class Bias(LinearAttack):
    """Logistic regression on the bias updates of all layers, in the neurons' order and sorted."""

    source: ClassVar[str] = "Phong et al. 2018, sec. III: grad b is the sum of the errors, without the inputs"
    knowledge: ClassVar[Knowledge] = "updates"
    name: Literal["bias"] = "bias"

    def reduction(self, parameters: Shapes) -> Biases:
        """Of every layer that has a bias; raises ConfigError where none has."""
        biases = tuple(name for name in parameters if name.endswith(".bias"))
        if not biases:
            raise ConfigError(f"attack bias: no layer has a bias (layers: {', '.join(layers_of(parameters))})")
        return Biases(parameters=biases)
