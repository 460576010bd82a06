"""Networks of dense layers, which attacks that invert the backward map need."""

from itertools import pairwise

from attacks.attack import Shapes
from attacks.reduced_matrix import first_dense
from fedser.errors import ConfigError
from fedser.updates.update import model_layers


def dense_layers(parameters: Shapes, attack: str) -> tuple[str, ...]:
    """The names of all layers, input side first; raises ConfigError unless they are two or more dense ones in a row."""
    first_dense(parameters, attack)
    layers = model_layers(parameters)
    weights = {layer: parameters.get(f"{layer}.weight", ()) for layer in layers}
    if len(layers) < 2:
        raise ConfigError(f"attack {attack}: the model is one layer, {layers[0]}; it reads two or more dense layers")
    for before, after in pairwise(layers):
        if weights[after][1:] != weights[before][:1] or f"{before}.bias" not in parameters:
            raise ConfigError(
                f"attack {attack}: layer {after} has weight {list(weights[after])} behind {before} of weight"
                f" {list(weights[before])}; it reads dense layers with biases, each [out, out of the one before]"
            )
    return layers
