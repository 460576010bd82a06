"""One update as the server sees it, after every defense: no label, no attribute, no speaker."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float32]]
Arrays = Mapping[str, Array]
"""Parameter name (``dense1.weight``) to float32 array, in the model's order of layers."""

Of = TypeVar("Of")

Sends = Literal["gradient", "parameters"]
"""What a client uploads: the gradient of one batch (FedSGD) or its model after local training (FedAvg)."""


@dataclass(frozen=True)
class Update:
    """What one client sent in one round. ``client`` is a pseudonym; ``examples`` is the n_k of the average.

    Where clients aggregate before the server sees anything, it is what several ``members`` sent together, and
    ``client`` names the group: their mean weighted by n_k, and the sum of their n_k. The server knows whose it is.
    """

    round: int
    client: str
    examples: int
    arrays: Arrays
    members: tuple[str, ...] = ()

    @property
    def senders(self) -> tuple[str, ...]:
        """The clients whose update it is: one, or the members of a group."""
        return self.members or (self.client,)


PART = 64
"""Updates that are held, handed on and written together, at most: a round of any size fits in memory part by part."""


@dataclass(frozen=True)
class Round:
    """What a server sees of one round: the model it broadcast and what came back, sorted by client.

    A round of many clients comes in ``parts`` such pieces of at most PART updates, ``part`` 0 first, and each a run of
    the sorted clients.
    """

    number: int
    broadcast: Arrays
    updates: tuple[Update, ...]
    part: int = 0
    parts: int = 1


def layer_of(parameter: str) -> str:
    """The layer of a parameter: ``dense1.weight`` and ``dense1.bias`` belong to ``dense1``."""
    return parameter.rpartition(".")[0]


def layers_of(parameters: Iterable[str]) -> tuple[str, ...]:
    """The layers in the model's order, input side first, and what travels beside them."""
    return tuple(dict.fromkeys(layer_of(name) for name in parameters))


BESIDE = "beside."
"""How the names of arrays begin that travel with a model and are no layer of it, as a defense may have: an attribute
head is ``beside.attribute_head.weight``. They come last."""


def model_layers(parameters: Iterable[str]) -> tuple[str, ...]:
    """The layers of the model itself, from its input to its output."""
    return layers_of(name for name in parameters if not name.startswith(BESIDE))


def model_parameters(parameters: Mapping[str, Of]) -> dict[str, Of]:
    """What belongs to the model itself."""
    return {name: each for name, each in parameters.items() if not name.startswith(BESIDE)}
