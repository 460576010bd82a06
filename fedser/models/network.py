"""What every model is: a frozen description that builds a torch network with an explicit source of randomness."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Self

from fedser.config import Plugin

if TYPE_CHECKING:
    import torch

    from fedser.models.kernel import Kernel, Precision
    from fedser.models.layout import Layout


class Model(Plugin):
    """An architecture; ``build`` makes the network for given input and output widths."""

    @abstractmethod
    def build(self, features: int, classes: int, init: "torch.Generator") -> "torch.nn.Module":
        """A network whose ``forward(x, masks)`` maps float32 [batch, features] to logits [batch, classes].

        ``init`` draws the weights; ``masks`` (a generator, or None for no dropout) draws the dropout: in ``train()``
        that of a step, in ``eval()`` that which stays on at evaluation.
        """

    @property
    @abstractmethod
    def hidden_layers(self) -> tuple[str, ...]:
        """The names of the layers whose outputs are representations, input side first."""

    @property
    def drops_at_evaluation(self) -> bool:
        """Whether models are scored with dropout, which is drawn then."""
        return False

    def kernel(
        self, layout: "Layout", parameters: "torch.Tensor", gradient: "torch.Tensor", precision: "Precision"
    ) -> "Kernel | None":
        """Explicit passes over flat ``parameters`` [..., P]; None where the model has none, and needs its module."""
        return None

    @abstractmethod
    def with_dropout(self, rate: float, layer: int) -> Self:
        """The same architecture with another dropout rate after hidden layer ``layer`` (from 1)."""
