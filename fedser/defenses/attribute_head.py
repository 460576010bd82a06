"""What a defense against a known attribute has: a head that infers it from the embedding, and who keeps that head."""

from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from fedser.defenses.objective import Batch, Objective
from fedser.models import ModelConfig
from fedser.seeds import Stream
from fedser.updates.update import BESIDE, Arrays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

WEIGHT, BIAS = f"{BESIDE}attribute_head.weight", f"{BESIDE}attribute_head.bias"

Head = Literal["shared"]
Against = Literal["reversal", "confusion"]


class AttributeHead(Objective):
    """A softmax over the attribute's ``values``, from the embedding; clients know the attribute of their rows."""

    needs_attributes: ClassVar[bool] = True
    values: tuple[str, ...] = Field(
        ("female", "male"), min_length=2, description="the attribute's values, all of them in their order"
    )
    head: Head = Field("shared", description="who has the head, and learns it")
    against: Against = Field(
        "reversal",
        description="whether the embedding is to make the head wrong (reversal), or to leave it in doubt (confusion)",
    )

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        twice = sorted({value for value in self.values if self.values.count(value) > 1})
        if twice:
            raise ValueError(f"values: given more than once: {', '.join(twice)}")
        return self

    def beside(self, model: ModelConfig, features: int, stream: Stream) -> Arrays:
        """The head's weight [values, width] and bias [values], drawn as PyTorch draws by default."""
        width = model.hidden[self.tapped(model) - 1]
        return drawn({WEIGHT: (len(self.values), width), BIAS: (len(self.values),)}, width, stream)

    def adversarial(self, hidden: "Tensor", beside: "Mapping[str, Tensor]", batch: Batch) -> "Tensor":
        """The head's own loss, and what the embedding is to do to it: [...]."""
        from fedser.defenses.adversary import confusion, cross_entropy, dense, reverse

        weight, bias = beside[WEIGHT], beside[BIAS]
        if self.against == "reversal":
            return cross_entropy(dense(reverse(hidden, batch.strength), weight, bias), batch.attributes, batch.weights)
        learnt = cross_entropy(dense(hidden.detach(), weight, bias), batch.attributes, batch.weights)
        doubt = confusion(dense(hidden, weight.detach(), bias.detach()), batch.weights)
        return learnt + batch.strength * doubt


def drawn(shapes: "Mapping[str, tuple[int, ...]]", inputs: int, stream: Stream) -> Arrays:
    """Weights and biases of dense layers with so many inputs, uniform within 1 / sqrt(inputs) of zero."""
    bound, generator = 1 / np.sqrt(inputs), stream.numpy()
    return {name: generator.uniform(-bound, bound, shape).astype(np.float32) for name, shape in shapes.items()}
