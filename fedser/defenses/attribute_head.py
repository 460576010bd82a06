"""What a defense against a known attribute has: a head that infers it from the embedding, and who keeps that head.

``public``: the server fits the head on public data, the speakers of the shadow corpora, at the embedding of the model
that it is about to broadcast: once, or every so many rounds. No client changes it, and nothing of it is sent. Since the
head does not learn against them, clients can only turn the embedding away from where it looks.

``local``: each client learns a head of its own and keeps it. Where a client is one speaker, all of its rows have one
value, and what its head learns is that constant: soon it needs no embedding to be right, and its gradient vanishes.

``shared``: clients send the head as any layer. Of a client with one value it is that value in the clear: the gradient
of its bias is p - e_a, negative at the client's own value a and nowhere else. It is here to show just that.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from fedser.defenses.defense import Public
from fedser.defenses.head_fit import fitted_head
from fedser.defenses.objective import Batch, Objective
from fedser.defenses.roles import Role
from fedser.errors import EngineError, InputError
from fedser.models import ModelConfig
from fedser.models.activations import activations
from fedser.seeds import Stream
from fedser.updates.update import BESIDE, Arrays, model_layers

if TYPE_CHECKING:
    from torch import Tensor

WEIGHT, BIAS = f"{BESIDE}attribute_head.weight", f"{BESIDE}attribute_head.bias"

Head = Literal["public", "local", "shared"]
Against = Literal["reversal", "confusion"]


class AttributeHead(Objective):
    """A softmax over the attribute's ``values``, from the embedding; clients know the attribute of their rows."""

    values: tuple[str, ...] = Field(
        ("female", "male"), min_length=2, description="the attribute's values, all of them in their order"
    )
    head: Head = Field(
        "public", description="who learns the head: the server on public data, each client for itself, or all together"
    )
    refit_every: int | None = Field(
        None, ge=1, description="rounds after which the server fits a public head anew; by default only at the start"
    )
    against: Against = Field(
        "reversal",
        description="whether the embedding is to make the head wrong (reversal), or to leave it in doubt (confusion)",
    )

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        twice = sorted({value for value in self.values if self.values.count(value) > 1})
        if twice:
            raise ValueError(f"values: given more than once: {', '.join(twice)}")
        if self.refit_every is not None and self.head != "public":
            raise ValueError(
                f"refit_every: {self.refit_every}, but the head is {self.head}: only a public one is fitted"
            )
        return self

    def on_model(self, model: ModelConfig) -> ModelConfig:
        """The same; raises ValueError where it has no such hidden layer, or where no server can fit its head."""
        if self.head == "public" and model.framed:
            raise ValueError(
                f"{self.label}: a public head is fitted at what dense layers make of vectors, but model {model.name}"
                " reads frames (choose head: local or shared)"
            )
        return super().on_model(model)

    @property
    def keeps_state(self) -> bool:
        """A client keeps a head of its own."""
        return self.head == "local"

    @property
    def changes_roles(self) -> bool:
        """Only a shared head is as any layer."""
        return self.head != "shared"

    @property
    def needs_attributes(self) -> bool:
        """The head's loss is about them."""
        return True

    @property
    def needs_public(self) -> bool:
        """Of a public head."""
        return self.head == "public"

    def on_parameters(self, names: Sequence[str], number: int) -> Mapping[str, Role]:
        """The head is the client's own, or nobody's to change."""
        roles: dict[Head, Role] = {"public": "frozen", "local": "own"}
        return {name: roles[self.head] for name in names if name in (WEIGHT, BIAS) and self.changes_roles}

    def on_public(self, model: Arrays, number: int, public: Public) -> Arrays:
        """With the head fitted to the public rows' activations, before the first round and whenever it is due.

        Raises InputError where a value is missing among them, and EngineError where the model has diverged.
        """
        if not self.needs_public or (number and not self.renews(number)):
            return model
        x, attributes = public()
        missing = [value for code, value in enumerate(self.values) if code not in attributes]
        if missing:
            raise InputError(f"{self.label}: nobody in the public data is {' or '.join(missing)}: no head learns it")
        hidden = activations(model, x, self._at(model))
        if not np.isfinite(hidden).all():
            raise EngineError(
                f"{self.label}: after round {number} the model's activations of the public data are not finite: lower"
                " algorithm.learning_rate, or this strength"
            )
        head = fitted_head(hidden, attributes, len(self.values))
        return {**model, WEIGHT: head[0], BIAS: head[1]}

    def renews(self, number: int) -> bool:
        """Whether a public head is due to be fitted anew after round ``number``."""
        return self.refit_every is not None and number > 0 and number % self.refit_every == 0

    def _at(self, model: Arrays) -> int:
        """The hidden layer, by the model's arrays."""
        return self.layer or len(model_layers(model)) - 1

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


def drawn(shapes: Mapping[str, tuple[int, ...]], inputs: int, stream: Stream) -> Arrays:
    """Weights and biases of dense layers with so many inputs, uniform within 1 / sqrt(inputs) of zero."""
    bound, generator = 1 / np.sqrt(inputs), stream.numpy()
    return {name: generator.uniform(-bound, bound, shape).astype(np.float32) for name, shape in shapes.items()}
