"""Bound the norm of a client's whole update (the first half of DP-FedAvg, McMahan et al. 2018).

Guarantee: none by itself; it bounds the sensitivity that noise would have to hide. Known break: the direction of the
update, which is what the attacks read, is left as it is.
"""

import math
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.defenses.defense import Defense
from fedser.defenses.wire import Wire
from fedser.seeds import Stream
from fedser.updates.update import Arrays


class Clip(Defense):
    """Scale the update so that its Euclidean norm over all layers is at most ``norm``."""

    source: ClassVar[str] = "McMahan et al. 2018 (DP-FedAvg), flat clipping"
    name: Literal["clip"] = "clip"
    norm: float = Field(gt=0)

    def on_update(self, update: Arrays, stream: Stream) -> Arrays:
        """u / max(1, |u|_2 / norm)."""
        factor = np.float32(1 / max(1.0, length_of(update) / self.norm))
        return {name: array * factor for name, array in update.items()}

    def longest(self, before: float | None, broadcast: Arrays) -> float | None:
        """The norm, or less."""
        most = self.norm if before is None else min(before, self.norm)
        return most if math.isfinite(most) else None

    def on_wire(self, wire: Wire) -> Wire:
        """As before: a factor for all entries changes neither which are zero nor how many values there are."""
        return wire


def length_of(update: Arrays) -> float:
    """The Euclidean norm over all arrays."""
    return float(np.sqrt(sum(np.sum(np.square(array, dtype=np.float64)) for array in update.values())))
