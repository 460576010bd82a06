"""What every inverter is: from one captured update, the utterances of the batch that it was computed from."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, final

import numpy as np
from pydantic import Field

from attacks.attack import Shapes
from attacks.dense import dense_layers
from attacks.knowledge import Knowledge
from fedser.config import Plugin
from fedser.errors import ConfigError, InputError
from fedser.metrics.recall import Floats, Ints
from fedser.seeds import Stream
from fedser.updates.public import PublicParameters
from fedser.updates.update import Arrays, Update, model_layers

Inputs = np.ndarray[Any, np.dtype[np.float32]]
"""Normalised features, [utterances, dims]."""


@dataclass(frozen=True)
class Observed:
    """One update that holds the gradient of one batch, the model it was computed at, and what is public."""

    update: Update
    broadcast: Arrays
    public: PublicParameters

    @property
    def last_bias(self) -> Floats:
        """The gradient of the last layer's bias, float64 [classes]: the mean over the batch of p - e_y."""
        name = f"{model_layers(self.public.parameters)[-1]}.bias"
        found: Floats = self.update.arrays[name].astype(np.float64)
        return found


@dataclass(frozen=True)
class Strangers:
    """Utterances of the adversary's own shadow corpora: ``x`` [utterances, dims] and classes ``y`` [utterances]."""

    x: Inputs
    y: Ints

    def __post_init__(self) -> None:
        if not len(self.x) or len(self.x) != len(self.y):
            raise InputError(f"strangers: {len(self.x)} inputs and {len(self.y)} classes; give as many, at least one")

    @cached_property
    def mean(self) -> Floats:
        """Of each dimension, float64 [dims]."""
        mean: Floats = self.x.mean(axis=0, dtype=np.float64)
        return mean

    @cached_property
    def deviation(self) -> Floats:
        """Of each dimension, float64 [dims]."""
        deviation: Floats = self.x.std(axis=0, dtype=np.float64)
        return deviation


@dataclass(frozen=True)
class Rebuilt:
    """What is taken for the batch, in no order: inputs ``x`` [found, dims] and classes ``y`` [found]."""

    x: Inputs
    y: Ints


class Inverter(Plugin):
    """Rebuilds the inputs behind single updates. It needs no shadow training, only some utterances of strangers."""

    knowledge: ClassVar[Knowledge]
    """What its adversary must know of a training whose clients send gradients."""
    reads_gradients: ClassVar[bool] = True
    """Whether it reads more of an update than how many utterances are behind it."""
    name: str
    updates: int = Field(50, ge=1, description="private updates that are inverted at most, drawn evenly over rounds")

    @final
    def check(self, parameters: Shapes, captured: tuple[str, ...] | Literal["all"]) -> None:
        """Raise ConfigError where it cannot invert such an architecture, or a capture that lacks some of its layers."""
        if not self.reads_gradients:
            return
        layers = dense_layers(parameters, self.name)
        missing = [] if captured == "all" else [layer for layer in layers if layer not in captured]
        if missing:
            raise ConfigError(
                f"inversion {self.name}: reads {', '.join(layers)}, but capture.layers leaves out {', '.join(missing)}"
            )

    @abstractmethod
    def invert(self, observed: Observed, strangers: Strangers, stream: Stream) -> Rebuilt:
        """The utterances behind one update, at most as many as its ``examples``; ``stream`` is all its chance."""
