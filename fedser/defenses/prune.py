"""The small entries of the update sent as zeros.

Zhu et al. 2019 (DLG, arXiv 1906.08935, section 5) defend with it: their attack fails once more than a fifth of a
gradient's entries are pruned. What is pruned here is lost; ``top_k`` sends it later.

Guarantee: none. Known breaks: stronger attacks rebuild inputs where far more is pruned (Huang et al. 2021, arXiv
2112.00059; Wu et al. 2022, arXiv 2210.10880, who learn on pruned gradients); what is left are the entries of the units
and inputs that say most, and which they are says it once more.
"""

from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from fedser.defenses.defense import Defense
from fedser.defenses.magnitude import Within, keep_largest
from fedser.defenses.wire import Wire
from fedser.seeds import Stream
from fedser.updates.update import Arrays


class Prune(Defense):
    """Send zeros in place of the smallest entries: a share of them, or all below a magnitude."""

    source: ClassVar[str] = "Zhu et al. 2019 (DLG), section 5, gradient pruning"
    name: Literal["prune"] = "prune"
    share: float | None = Field(None, ge=0, lt=1, description="of the entries, the smallest of which become zero")
    below: float | None = Field(None, ge=0, description="the magnitude below which entries become zero, in their units")
    within: Within = Field("update", description="what a share is of: the whole update, or each array")

    @model_validator(mode="after")
    def _one_threshold(self) -> Self:
        if (self.share is None) == (self.below is None):
            raise ValueError("give either share or below")
        if self.below is not None and self.within == "array":
            raise ValueError("within: array, but below is the same for all arrays; leave one of them out")
        return self

    def on_update(self, update: Arrays, stream: Stream) -> Arrays:
        """Zeros for the int(share n) smallest of n entries, or for those with |u| < below."""
        if self.below is not None:
            return {name: np.where(np.abs(array) < self.below, np.float32(0), array) for name, array in update.items()}
        return keep_largest(update, self._left, self.within)

    def on_wire(self, wire: Wire) -> Wire:
        """What a share leaves; how much is ``below`` a magnitude is not known beforehand, and counts as nothing."""
        return wire if self.below is not None else wire.thinned(self._left, self.within)

    def _left(self, entries: int) -> int:
        return entries - int((self.share or 0.0) * entries + 1e-9)
