"""Each entry of the update rounded to one of few levels (QSGD: Alistarh et al. 2017, arXiv 1610.02132).

Q(v) = r sign(v) xi, where xi is one of 0, 1/s, ..., 1: the one below |v| / r or the one above it, so drawn that Q(v) is
v on average (their section 3.1). r is the largest magnitude of the array, as in their implementation, where the theory
has its Euclidean norm. ``bits`` count the sign, so that s = 2^(bits - 1) - 1; two bits are the three levels of TernGrad
(Wen et al. 2017, arXiv 1705.07878).

Guarantee: none. Stochastic rounding is noise whose mean is zero, and which no accountant counts. Known breaks: the mean
of a client's updates over rounds, or of its entries in one array, removes that noise; at 8 bits there is next to none.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.defenses.defense import Defense
from fedser.defenses.wire import Wire
from fedser.seeds import Stream
from fedser.updates.update import Array, Arrays


class Quantise(Defense):
    """Round each entry to one of 2^bits - 1 levels between minus and plus the largest magnitude of its array."""

    source: ClassVar[str] = "Alistarh et al. 2017 (QSGD)"
    name: Literal["quantise"] = "quantise"
    bits: int = Field(8, ge=2, le=16, description="of each entry, with its sign; one alone is the defense sign")
    rounding: Literal["stochastic", "nearest"] = Field(
        "stochastic", description="to the level below or above by chance, right on average, or to the nearest"
    )

    def on_update(self, update: Arrays, stream: Stream) -> Arrays:
        """Q(v) of each array v, each drawn from its own stream."""
        return {name: self._quantised(array, stream(name)) for name, array in update.items()}

    def on_wire(self, wire: Wire) -> Wire:
        """The level of each entry, and r of each array."""
        return wire.coded(self.bits)

    def _quantised(self, array: Array, stream: Stream) -> Array:
        magnitude, levels = np.abs(array), np.float32(2 ** (self.bits - 1) - 1)  # |v| and s
        largest = magnitude.max(initial=np.float32(0))  # r
        if largest == 0:
            return np.zeros_like(array)
        level = self._rounded(magnitude / largest * levels, stream)
        quantised: Array = np.sign(array) * (level / levels) * largest
        return quantised

    def _rounded(self, places: Array, stream: Stream) -> Array:
        """The levels, in whole numbers, of what lies at these ``places`` between them."""
        if self.rounding == "nearest":
            return np.rint(places)
        below = np.floor(places)
        up = stream.numpy().random(places.shape, dtype=np.float32) < places - below
        return below + up.astype(np.float32)
