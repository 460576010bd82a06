"""Gaussian noise on every element of a client's update.

Guarantee: none without a bounded norm and an accountant. Known break: averaging a client's updates over rounds
removes the noise as one over the square root of their number.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.defenses.defense import Defense
from fedser.seeds import Stream
from fedser.updates.update import Array, Arrays


class Noise(Defense):
    """Add independent N(0, sigma^2) to each element of the update before it is sent."""

    source: ClassVar[str] = "local Gaussian perturbation, as in Wei et al. 2020"
    name: Literal["noise"] = "noise"
    sigma: float = Field(gt=0, description="standard deviation, in units of the update's elements")

    def on_update(self, update: Arrays, stream: Stream) -> Arrays:
        """u + N(0, sigma^2), each array from its own stream."""
        return {name: array + self._draw(array, stream(name)) for name, array in update.items()}

    def longest(self, before: float | None, broadcast: Arrays) -> float | None:
        """As before: noise hides an update, and is none of it."""
        return before

    def _draw(self, like: Array, stream: Stream) -> Array:
        draw = np.asarray(stream.numpy().standard_normal(like.shape, dtype=np.float32))
        return draw * np.float32(self.sigma)
