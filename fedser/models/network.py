"""What every model is: a frozen description that builds a torch network with an explicit source of randomness."""

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import model_validator

from fedser.config import Plugin

if TYPE_CHECKING:
    import torch

    from fedser.models.kernel import Kernel, Precision
    from fedser.models.layout import Layout


class Model(Plugin):
    """An architecture; ``build`` makes the network for given input and output widths.

    Whatever it begins with, it ends with dense layers ``dense1`` ... ``denseN``, of which the last gives the logits.
    """

    framed: ClassVar[bool] = False
    """Whether it reads an utterance's frames over time, and not one vector."""

    hidden: tuple[int, ...]
    """The width of each hidden dense layer."""

    dropout: tuple[float, ...]
    """The rate of dropout after each of them."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.dropout) != len(self.hidden):
            raise ValueError(f"dropout: {len(self.dropout)} rates for {len(self.hidden)} hidden layers; give one each")
        if not all(0 <= rate < 1 for rate in self.dropout):
            raise ValueError(f"dropout: rates are at least 0 and below 1, got {list(self.dropout)}")
        if not all(width >= 1 for width in self.hidden):
            raise ValueError(f"hidden: widths are at least 1, got {list(self.hidden)}")
        return self

    @abstractmethod
    def build(self, features: int, classes: int, init: "torch.Generator") -> "torch.nn.Module":
        """A network whose ``forward(x, masks)`` maps float32 [batch, features] to logits [batch, classes]; one that is
        ``framed`` maps a batch of frames, [batch, time, features + 1] as ``Frames`` gives it.

        ``init`` draws the weights; ``masks`` (a generator, or None for no dropout) draws the dropout: in ``train()``
        that of a step, in ``eval()`` that which stays on at evaluation.
        """

    @property
    def hidden_layers(self) -> tuple[str, ...]:
        """The names of the dense layers whose outputs are representations, input side first: all but the last."""
        return tuple(f"dense{number}" for number, _ in enumerate(self.hidden, start=1))

    @property
    def drops_at_evaluation(self) -> bool:
        """Whether models are scored with dropout, which is drawn then."""
        return False

    def kernel(
        self, layout: "Layout", parameters: "torch.Tensor", gradient: "torch.Tensor", precision: "Precision"
    ) -> "Kernel | None":
        """Explicit passes over flat ``parameters`` [..., P]; None where the model has none, and needs its module."""
        return None

    def with_dropout(self, rate: float, layer: int) -> Self:
        """The same architecture with another dropout rate after hidden dense layer ``layer`` (from 1)."""
        if not 1 <= layer <= len(self.hidden):
            raise ValueError(f"no hidden layer {layer} (choose from 1 to {len(self.hidden)})")
        rates = [rate if number == layer else old for number, old in enumerate(self.dropout, start=1)]
        return self.model_copy(update={"dropout": tuple(rates)})
