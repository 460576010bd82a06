"""The paper's SER model: dense layers with ReLU and dropout (Feng et al. 2021, section 5.3)."""

import itertools
import math
from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from fedser.models.kernel import Precision
from fedser.models.layout import Layout
from fedser.models.mlp_kernel import MLPKernel
from fedser.models.network import Model


class MLP(Model):
    """Dense layers with ReLU and dropout: d-256-128-classes in the paper."""

    source: ClassVar[str] = "Feng et al. 2021, section 5.3"
    name: Literal["mlp"] = "mlp"
    hidden: tuple[int, ...] = Field((256, 128), min_length=1, description="width of each hidden layer")
    dropout: tuple[float, ...] = Field((0.2, 0.2), description="dropout rate after each hidden layer")
    dropout_at_evaluation: tuple[int, ...] = Field(
        (), description="hidden layers, from 1, whose dropout stays on when a model is scored: 2 in the paper's code"
    )

    @model_validator(mode="after")
    def _drops_where_there_are_layers(self) -> Self:
        if not set(self.dropout_at_evaluation) <= set(range(1, len(self.hidden) + 1)):
            given = ", ".join(map(str, self.dropout_at_evaluation))
            raise ValueError(f"dropout_at_evaluation: layers are from 1 to {len(self.hidden)}, got {given}")
        return self

    @property
    def drops_at_evaluation(self) -> bool:
        """Whether the dropout of some layer stays on."""
        return any(self._rates_at_evaluation)

    @property
    def _rates_at_evaluation(self) -> tuple[float, ...]:
        numbered = enumerate(self.dropout, start=1)
        return tuple(rate if layer in self.dropout_at_evaluation else 0.0 for layer, rate in numbered)

    def build(self, features: int, classes: int, init: torch.Generator) -> "MLPNetwork":
        """A network with layers ``dense1`` ... ``denseN``, drawn by ``init`` as PyTorch draws by default."""
        return MLPNetwork((features, *self.hidden, classes), self.dropout, self._rates_at_evaluation, init)

    def kernel(self, layout: Layout, parameters: Tensor, gradient: Tensor, precision: Precision) -> MLPKernel:
        """Passes by hand."""
        return MLPKernel(layout, self.dropout, self._rates_at_evaluation, parameters, gradient, precision)


class MLPNetwork(nn.Module):
    """``forward`` maps float32 [batch, features] to logits [batch, classes]."""

    def __init__(
        self,
        widths: tuple[int, ...],
        dropout: tuple[float, ...],
        dropout_at_evaluation: tuple[float, ...],
        init: torch.Generator,
    ) -> None:
        super().__init__()
        self.rates = {True: dropout, False: dropout_at_evaluation}  # by whether it is training
        for number, (inputs, outputs) in enumerate(itertools.pairwise(widths), start=1):
            self.add_module(f"dense{number}", dense(inputs, outputs, init))

    def forward(self, x: Tensor, masks: torch.Generator | None = None) -> Tensor:
        """Logits; ``masks`` draws the dropout of a training step, or what stays on at evaluation; None has none."""
        return through_dense(self, x, self.rates[self.training], masks)


def through_dense(network: nn.Module, x: Tensor, rates: Sequence[float], masks: torch.Generator | None) -> Tensor:
    """Logits [batch, classes] of what comes before the network's own dense layers [batch, width]."""
    *hidden, last = (child for child in network.children() if isinstance(child, nn.Linear))
    for layer, rate in zip(hidden, rates, strict=True):
        x = drop(torch.relu(layer(x)), rate, masks)
    return torch.as_tensor(last(x))


def drop(x: Tensor, rate: float, masks: torch.Generator | None) -> Tensor:
    """Inverted dropout whose mask comes from the given generator, never from a global one."""
    if masks is None or rate == 0:
        return x
    keep = (torch.rand(x.shape, generator=masks) >= rate).to(x.device)
    return x * keep / (1 - rate)


def dense(inputs: int, outputs: int, init: torch.Generator) -> nn.Linear:
    """A dense layer drawn as PyTorch draws by default."""
    layer = nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")
    bound = 1 / math.sqrt(inputs)  # what nn.Linear's Kaiming-uniform with a = sqrt(5) comes to
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=init)
        layer.bias.uniform_(-bound, bound, generator=init)
    return layer
