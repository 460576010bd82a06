"""PrivAdv: the embedding is trained against a head that infers the attribute, through gradient reversal (section 5.2).

It promises nothing: what one head no longer finds, a reader that learns later may (Elazar and Goldberg 2018).
"""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from simulations.text.models.model import TextModel

if TYPE_CHECKING:
    from torch import Tensor, nn


class PrivAdv(TextModel):
    """Gradient reversal (Ganin and Lempitsky 2015) between the embedding and a head for the attribute."""

    source: ClassVar[str] = "Jaiswal and Mower Provost 2021, sec. 5.2; strengths of their AAAI 2020 paper"
    name: Literal["priv_adv"] = "priv_adv"
    strength: float = Field(1.0, ge=0, description="lambda, by which the gradient is turned round")

    @property
    def label(self) -> str:
        """With the strength, where it is not 1."""
        return self.name if self.strength == 1 else f"{self.name} {self.strength:g}"

    def attribute_logits(self, head: "nn.Module", embedding: "Tensor") -> "Tensor":
        """The head learns, and the layers below unlearn."""
        from simulations.text.network import reversed_gradient

        logits: Tensor = head(reversed_gradient(embedding, self.strength))
        return logits
