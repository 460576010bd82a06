"""Logistic regression on the inputs themselves, taken one by one out of a small batch's gradient."""

from typing import ClassVar, Literal

from pydantic import Field

from attacks.attack import Shapes
from attacks.dense import dense_layers
from attacks.linear import LinearAttack
from fedser.updates.reductions import RecoveredInputs


class Recovery(LinearAttack):
    """White box: recovers the utterances of small batches, then logistic regression on their means."""

    source: ClassVar[str] = "Dimitrov et al. 2024 (SPEAR, arXiv 2403.03945)"
    name: Literal["recovery"] = "recovery"
    most: int = Field(64, ge=1, description="utterances that are taken apart at most; of more, nothing is told")

    def reduction(self, parameters: Shapes) -> RecoveredInputs:
        """By way of all layers, which must be dense."""
        return RecoveredInputs(layers=dense_layers(parameters, self.name), most=self.most)
