"""The network: a transformer, a layer that makes its vector an embedding, and heads for the task and the attribute.

Why this is not a model of the engine's: an engine's client trains small networks on feature matrices by explicit
passes, while here the transformer itself may be trained, explanations need gradients through it down to its word
embeddings, and a training stops by its validation. It is DESIGN.md's single-client case: one client that keeps its
optimiser's state, as one round of many epochs.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from simulations.text.task import CLASSES

if TYPE_CHECKING:
    from fedser.features.encoders.text import TextPooling


class Encoder(nn.Module):
    """A transformer whose token states are pooled as the text features are."""

    def __init__(self, network: nn.Module, pooling: "TextPooling") -> None:
        super().__init__()
        self.network = network
        self.pooling = pooling

    @property
    def embeddings(self) -> nn.Module:
        """The layer that turns tokens into vectors, before the first block."""
        found: nn.Module = self.network.embeddings  # type: ignore[assignment]  # BERT and its kin all have it
        return found

    def train_top(self, blocks: int | None) -> None:
        """Let the last ``blocks`` transformer blocks learn, or with None every weight."""
        for parameter in self.parameters():
            parameter.requires_grad_(blocks is None)
        for block in _blocks(self.network)[-(blocks or 0) :] if blocks else ():
            block.requires_grad_(True)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The pooled states [texts, dims] of tokens ``ids`` [texts, tokens], of which ``mask`` says which there are."""
        states: Tensor = self.network(input_ids=ids, attention_mask=mask).last_hidden_state
        if self.pooling == "cls":
            return states[:, 0]
        heard = mask[:, :, None].to(states.dtype)
        return (states * heard).sum(dim=1) / heard.sum(dim=1)


def _blocks(network: Any) -> list[nn.Module]:
    """The transformer's blocks; DistilBERT calls its encoder otherwise."""
    return list((network.encoder if hasattr(network, "encoder") else network.transformer).layer)


class Heads(nn.Module):
    """What stands on the pooled vector; every model has all of it, so that those of one seed begin alike."""

    def __init__(self, dims: int, hidden: int, values: int, dropout: float) -> None:
        super().__init__()
        self.dense = nn.Linear(dims, hidden)
        self.task = nn.Linear(hidden, len(CLASSES))
        self.attribute = nn.Linear(hidden, values)
        self.dropout = nn.Dropout(dropout)

    def embedding(self, pooled: Tensor) -> Tensor:
        """The representation [texts, hidden] whose leakage is measured."""
        return torch.relu(self.dense(pooled))

    def forward(self, pooled: Tensor) -> Tensor:
        """The classes' logits [texts, classes]."""
        logits: Tensor = self.task(self.dropout(self.embedding(self.dropout(pooled))))
        return logits


class _Reversed(torch.autograd.Function):
    """The identity, whose gradient is turned round (Ganin and Lempitsky 2015)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradients[0], None


def reversed_gradient(x: Tensor, strength: float) -> Tensor:
    """``x``, through which a gradient comes back times minus ``strength``."""
    turned: Tensor = _Reversed.apply(x, strength)  # type: ignore[no-untyped-call]
    return turned


def learning(module: nn.Module) -> Iterator[nn.Parameter]:
    """The parameters that learn."""
    return (parameter for parameter in module.parameters() if parameter.requires_grad)
