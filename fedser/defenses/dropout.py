"""More dropout in the trained model (Feng et al. 2021, section 7.3 and Table 6).

Guarantee: none. Known break: the paper's own attack does not suffer from it, and grows stronger in many cells.
"""

from typing import ClassVar, Literal

from pydantic import Field

from fedser.defenses.defense import Defense
from fedser.models import ModelConfig


class Dropout(Defense):
    """Another dropout rate after one hidden layer of the trained model (0.2, 0.4, 0.6 in Table 6)."""

    source: ClassVar[str] = "Feng et al. 2021, section 7.3, Table 6"
    name: Literal["dropout"] = "dropout"
    rate: float = Field(ge=0, lt=1)
    layer: int = Field(1, ge=1, description="the hidden layer it follows, from 1")

    def on_model(self, model: ModelConfig) -> ModelConfig:
        """The model with this rate in place of its own."""
        return model.with_dropout(self.rate, self.layer)
