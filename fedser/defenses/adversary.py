"""The arithmetic of losses that an adversary's head takes part in, for one client and for a stack of them.

A product with a head is made as the explicit passes make theirs: alone in a stack, a matrix of few columns would be
multiplied by other instructions than beside others.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

ALIGNED = 4
"""Floats in 16 bytes."""


class _Reverse(torch.autograd.Function):
    """Ganin et al. 2015, section 3: the identity forward, and backward the gradient times - lambda."""

    @staticmethod
    def forward(context: Any, hidden: Tensor, strength: Tensor) -> Tensor:
        context.save_for_backward(strength)
        return hidden.view_as(hidden)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (strength,) = context.saved_tensors
        return -strength[..., None, None] * gradient, None


def reverse(hidden: Tensor, strength: Tensor) -> Tensor:
    """Activations [..., batch, width] whose gradient comes back times - ``strength`` [...]."""
    reversed_: Tensor = _Reverse.apply(hidden, strength)  # type: ignore[no-untyped-call]
    return reversed_


def dense(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x W^T + b for x [..., batch, in], W [..., out, in] and b [..., out].

    Rows of zeros fill W up, so that each client's part of it and of its gradient begins at the same place modulo 16
    bytes, on which the order of sums depends.
    """
    outputs = weight.shape[-2]
    filled = pad(weight, (0, 0, 0, -outputs % ALIGNED))
    if x.dim() == 3 and len(x) == 1:
        product = torch.matmul(x.expand(2, -1, -1), filled.mT.expand(2, -1, -1))[:1]
    else:
        product = torch.matmul(x, filled.mT)
    product = product[..., :outputs]
    return product if bias is None else product + bias.unsqueeze(-2)


def next_rows(x: Tensor, weights: Tensor) -> Tensor:
    """Each row's next one among those that count, and the last one's first: [..., batch, width], of ``weights`` > 0."""
    sizes = (weights > 0).sum(dim=-1, keepdim=True)
    places = (torch.arange(x.shape[-2], device=x.device) + 1) % sizes.clamp_min(1)
    return x.gather(-2, places.unsqueeze(-1).expand(x.shape))


def cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """- sum_i weights_i log p_i(label_i): [...], from logits [..., batch, values]."""
    log_p = logits.log_softmax(dim=-1)
    return -(log_p.gather(-1, labels.unsqueeze(-1)).squeeze(-1) * weights).sum(dim=-1)


def softplus(z: Tensor) -> Tensor:
    """log(1 + e^z), as minus the log-probability of nothing beside z.

    torch's own rounds what is left over of a whole stack's vector in another way, so that a client's bits would depend
    on whom it is stacked with.
    """
    return -torch.stack((z, torch.zeros_like(z)), dim=-1).log_softmax(dim=-1)[..., 1]


def confusion(logits: Tensor, weights: Tensor) -> Tensor:
    """The cross-entropy to the uniform distribution over the values, weighted alike (Tzeng et al. 2015, eq. 3)."""
    return -(logits.log_softmax(dim=-1).mean(dim=-1) * weights).sum(dim=-1)
