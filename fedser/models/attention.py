"""From frames to one vector: the mean over time, or attention (Yousefi and Emmanouilidou 2021, section III).

Every way gives a weight to each step of time, of which what is padding has none. The weights add up to one: by the
features at the steps, or by the values that attention makes of them, they give the vector.
"""

import math
from typing import Literal

import torch
from torch import Tensor, nn

Pooling = Literal["average", "query", "self"]
"""What a feature map becomes: its mean over time, or its values as one learnable query, or all steps, look for them."""

Found = tuple[Tensor, Tensor]
"""The vector [batch, width] of each utterance, and the weight of each of its steps [batch, time]."""


class Average(nn.Module):
    """The mean over an utterance's own steps."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.width = features

    def forward(self, x: Tensor, there: Tensor) -> Found:
        """Of features [batch, time, features] at the steps that are ``there``, bool [batch, time]."""
        weights = there / there.sum(dim=1, keepdim=True)
        return torch.einsum("bt,btf->bf", weights, x), weights


class QueryAttention(nn.Module):
    """One learnable query vector q (eq. 1-3)."""

    def __init__(self, features: int, width: int, init: torch.Generator) -> None:
        super().__init__()
        self.width = width
        self.key, self.value = (linear(features, width, init) for _ in range(2))
        self.query = linear(width, 1, init)

    def forward(self, x: Tensor, there: Tensor) -> Found:
        """As for ``Average``."""
        keys, values = self.key(x), self.value(x)  # eq. 1 and 2
        scores = self.query(keys).squeeze(-1) / math.sqrt(self.width)
        weights = scores.masked_fill(~there, -torch.inf).softmax(dim=1)  # eq. 3
        return torch.einsum("bt,btf->bf", weights, values), weights


class SelfAttention(nn.Module):
    """A query of each step (eq. 4 and 5), and the mean of what they find: the weights are those of all queries, too."""

    def __init__(self, features: int, width: int, init: torch.Generator) -> None:
        super().__init__()
        self.width = width
        self.query, self.key, self.value = (linear(features, width, init) for _ in range(3))

    def forward(self, x: Tensor, there: Tensor) -> Found:
        """As for ``Average``."""
        queries, keys, values = self.query(x), self.key(x), self.value(x)  # eq. 4, 1 and 2
        scores = queries @ keys.mT / math.sqrt(self.width)
        each = scores.masked_fill(~there.unsqueeze(1), -torch.inf).softmax(dim=2)  # eq. 5, [batch, queries, time]
        # The mean over queries first: the sum over time is of the mean weights then, and costs one row, not all.
        weights = torch.einsum("bq,bqt->bt", there / there.sum(dim=1, keepdim=True), each)
        return torch.einsum("bt,btf->bf", weights, values), weights


def pooled_by(
    kind: Pooling, features: int, width: int, init: torch.Generator
) -> "Average | QueryAttention | SelfAttention":
    """That way of summing up ``features`` per step; ``width`` is d_k, of keys, queries and values."""
    match kind:
        case "average":
            return Average(features)
        case "query":
            return QueryAttention(features, width, init)
        case "self":
            return SelfAttention(features, width, init)


def linear(inputs: int, outputs: int, init: torch.Generator) -> nn.Linear:
    """A linear map without a bias, of which the outputs have the variance of the inputs."""
    layer = nn.Linear(inputs, outputs, bias=False, device="meta").to_empty(device="cpu")
    nn.init.kaiming_normal_(layer.weight, nonlinearity="linear", generator=init)
    return layer
