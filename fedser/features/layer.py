"""Of which layer of a network the hidden states are."""

from typing import Literal

from pydantic import NonNegativeInt

from fedser.errors import ConfigError

Layer = Literal["last"] | NonNegativeInt
"""What its first layer (0) is, each network says."""


def layer_number(layer: Layer, layers: int, title: str) -> int:
    """The number of ``layer`` in a network of ``layers``; raises ConfigError, with the good ones, beyond them."""
    if layer == "last":
        return layers - 1
    if layer >= layers:
        good = ", ".join(map(str, range(layers)))
        raise ConfigError(f"features.layer: {title} has no layer {layer} (choose from last, {good})")
    return layer
