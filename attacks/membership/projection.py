"""The component of a candidate's own gradient along each client's updates: a cosine that keeps the gradient's length.

By it a client's step lowers the candidate's loss, to first order; summed over the rounds it is the fall of the loss
that the client brought about. But what is fitted has hardly a gradient left: of members of an overfitted model it
says less the later the round, and in the end the opposite. It is the inner product of Li, Li and Ribeiro 2023 without
the candidate's own length.
"""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from attacks.membership.along import Along
from fedser.metrics.recall import Floats, Ints
from fedser.updates.update import Arrays

if TYPE_CHECKING:
    from attacks.membership.gradients import Gradients


class Projection(Along):
    """A long gradient component along some client's updates; of a speaker, of the mean gradient."""

    source: ClassVar[str] = "Li, Li and Ribeiro 2023 (ICLR); Melis et al. 2019 (arXiv 1805.04049)"
    name: Literal["projection"] = "projection"

    def _lengths(self, gradients: "Gradients", whose: Ints, update: Arrays) -> tuple[Floats, Floats]:
        return np.ones(len(whose)), np.ones(len(np.unique(whose)))
