"""A model's arithmetic without modules or autograd: explicit passes over flat vectors of parameters.

The same passes serve one client ([P]) and a stack of clients ([clients, P]).
"""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from torch import Tensor

Drop = Callable[[Tensor, float], Tensor]
"""Dropout of activations [..., batch, width] at a rate; called layer by layer, input side first."""

Residual = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""(logits [..., batch, classes], labels [..., batch], weights [..., batch]) -> the weighted loss [...] and its
derivative by the logits."""


class Tap(Protocol):
    """A further loss of the activations of one hidden layer, and of the arrays that travel beside the model."""

    @property
    def layer(self) -> int:
        """The hidden layer, from 1."""

    def __call__(self, hidden: Tensor, beside: Mapping[str, Tensor]) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Its derivative by the activations [..., batch, width] as the next layer takes them, after ReLU and dropout,
        and by each of the arrays [..., *shape] by its name.
        """


Precision = Literal["float32", "tf32", "bf16"]
"""Of matrix products: full; on a GPU with 10 bits of mantissa (TF32); factors and results rounded to bfloat16."""


class Kernel(Protocol):
    """Passes over ``parameters``; ``gradient``, of the same shape, is overwritten by each backward pass."""

    parameters: Tensor
    gradient: Tensor

    def backward(
        self,
        x: Tensor,
        y: Tensor,
        weights: Tensor,
        drop: Drop,
        residual: Residual,
        tap: Tap | None = None,
        norm: float | None = None,
    ) -> Tensor:
        """Write the gradient of the weighted loss of batches [..., batch, features], and return the loss [...].

        With a ``tap`` the gradient is that of the loss and the tap's together, and what is returned the loss alone.
        With ``norm`` C, the gradient g_i of each example enters it as g_i / max(1, |g_i| / C); a tap's is not bounded.
        """

    def logits(self, x: Tensor, drop: Drop | None = None) -> Tensor:
        """Logits [..., batch, classes], without dropout, or with what of it stays on at evaluation."""

    def first(self, number: int) -> "Kernel":
        """The kernel of the first ``number`` of a stack of clients, sharing memory."""
