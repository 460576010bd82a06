"""A model's arithmetic without modules or autograd: explicit passes over flat vectors of parameters.

The same passes serve one client ([P]) and a stack of clients ([clients, P]).
"""

from collections.abc import Callable
from typing import Literal, Protocol

from torch import Tensor

Drop = Callable[[Tensor, float], Tensor]
"""Dropout of activations [..., batch, width] at a rate; called layer by layer, input side first."""

Residual = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""(logits [..., batch, classes], labels [..., batch], weights [..., batch]) -> the weighted loss [...] and its
derivative by the logits."""


Precision = Literal["float32", "tf32", "bf16"]
"""Of matrix products: full; on a GPU with 10 bits of mantissa (TF32); factors and results rounded to bfloat16."""


class Kernel(Protocol):
    """Passes over ``parameters``; ``gradient``, of the same shape, is overwritten by each backward pass."""

    parameters: Tensor
    gradient: Tensor

    def backward(self, x: Tensor, y: Tensor, weights: Tensor, drop: Drop, residual: Residual) -> Tensor:
        """Write the gradient of the weighted loss of batches [..., batch, features], and return the loss [...]."""

    def logits(self, x: Tensor, drop: Drop | None = None) -> Tensor:
        """Logits [..., batch, classes], without dropout, or with what of it stays on at evaluation."""

    def first(self, number: int) -> "Kernel":
        """The kernel of the first ``number`` of a stack of clients, sharing memory."""
