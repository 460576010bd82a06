"""The cosine between a candidate's own gradient and each client's updates (Li, Li and Ribeiro 2023)."""

from typing import TYPE_CHECKING, ClassVar, Literal

from attacks.membership.along import Along
from fedser.metrics.recall import Floats, Ints
from fedser.updates.update import Arrays

if TYPE_CHECKING:
    from attacks.membership.gradients import Gradients


class Cosine(Along):
    """A gradient that points as some client's updates do; of a speaker, the mean gradient."""

    source: ClassVar[str] = "Li, Li and Ribeiro 2023 (ICLR); Zhu et al. 2024 (arXiv 2402.06289)"
    name: Literal["cosine"] = "cosine"

    def _lengths(self, gradients: "Gradients", whose: Ints, update: Arrays) -> tuple[Floats, Floats]:
        return gradients.norms(update), gradients.group_norms(whose, update)
