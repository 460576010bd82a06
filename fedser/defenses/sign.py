"""Only the sign of each entry of the update, at its array's mean magnitude.

Bernstein et al. 2018 (signSGD, arXiv 1802.04434) send signs alone; Karimireddy et al. 2019 (arXiv 1901.09847) scale
them, in the compressor of their EF-signSGD: C(v) = (|v|_1 / d) sign(v) with d the entries of v. This is their C, array
by array; with ``error_feedback`` it is EF-signSGD. An entry that is zero, as all those of an idle unit are, stays zero.

Guarantee: none; an entry costs two bits in place of 32. Known breaks: an attacker who learns on signs reads them (Wu et
al. 2022, arXiv 2210.10880, rebuild inputs from them); which units are idle stays to be seen; the scale of each array is
its mean magnitude.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.defenses.error_feedback import ErrorFeedback
from fedser.defenses.wire import Wire
from fedser.seeds import Stream
from fedser.updates.update import Array, Arrays


class Sign(ErrorFeedback):
    """Send the sign of each entry, times the mean magnitude of its array."""

    source: ClassVar[str] = "Bernstein et al. 2018 (signSGD); Karimireddy et al. 2019, scaled signs"
    name: Literal["sign"] = "sign"
    error_feedback: bool = Field(False, description="whether the client keeps what its signs do not say")

    def on_update(self, update: Arrays, stream: Stream) -> Arrays:
        """C(v) of each array v."""
        return {name: _scaled(array) for name, array in update.items()}

    def on_wire(self, wire: Wire) -> Wire:
        """Minus, zero or plus; minus or plus where the places of zeros are told anyway."""
        return wire.coded(1 if wire.sparse else 2)


def _scaled(array: Array) -> Array:
    mean = np.mean(np.abs(array), dtype=np.float64)  # |v|_1 / d
    signs: Array = np.sign(array)
    return signs * np.float32(mean)
