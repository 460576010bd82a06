"""Logistic regression on how large the arrays of an update are and how their values are spread: eight numbers each."""

from typing import ClassVar, Literal

from attacks.attack import Shapes
from attacks.knowledge import Knowledge
from attacks.linear import LinearAttack
from fedser.updates import reductions


class Moments(LinearAttack):
    """Logistic regression on norms, moments and the share of zeros of every array of the update."""

    source: ClassVar[str] = "Al-Ali et al. 2025 (arXiv 2510.13357), their statistics; Nasr et al. 2019, norms"
    knowledge: ClassVar[Knowledge] = "updates"
    name: Literal["moments"] = "moments"

    def reduction(self, parameters: Shapes) -> reductions.Moments:
        """Of every weight and every bias."""
        return reductions.Moments(parameters=tuple(parameters))
