"""The paper's SER model: dense layers with ReLU and dropout (Feng et al. 2021, section 5.3)."""

import itertools
import math
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
    def _fits(self) -> Self:
        if len(self.dropout) != len(self.hidden):
            raise ValueError(f"dropout: {len(self.dropout)} rates for {len(self.hidden)} hidden layers; give one each")
        if not all(0 <= rate < 1 for rate in self.dropout):
            raise ValueError(f"dropout: rates are at least 0 and below 1, got {list(self.dropout)}")
        if not all(width >= 1 for width in self.hidden):
            raise ValueError(f"hidden: widths are at least 1, got {list(self.hidden)}")
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

    @property
    def hidden_layers(self) -> tuple[str, ...]:
        """``dense1`` and so on, without the last, whose outputs are the logits."""
        return tuple(f"dense{number}" for number, _ in enumerate(self.hidden, start=1))

    def kernel(self, layout: Layout, parameters: Tensor, gradient: Tensor, precision: Precision) -> MLPKernel:
        """Passes by hand."""
        return MLPKernel(layout, self.dropout, self._rates_at_evaluation, parameters, gradient, precision)

    def with_dropout(self, rate: float, layer: int) -> "MLP":
        """The same widths with another dropout rate after hidden layer ``layer`` (from 1)."""
        if not 1 <= layer <= len(self.hidden):
            raise ValueError(f"no hidden layer {layer} (choose from 1 to {len(self.hidden)})")
        rates = [rate if number == layer else old for number, old in enumerate(self.dropout, start=1)]
        return self.model_copy(update={"dropout": tuple(rates)})


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
            self.add_module(f"dense{number}", _dense(inputs, outputs, init))

    def forward(self, x: Tensor, masks: torch.Generator | None = None) -> Tensor:
        """Logits; ``masks`` draws the dropout of a training step, or what stays on at evaluation; None has none."""
        *hidden, last = (child for child in self.children() if isinstance(child, nn.Linear))
        for layer, rate in zip(hidden, self.rates[self.training], strict=True):
            x = drop(torch.relu(layer(x)), rate, masks)
        return torch.as_tensor(last(x))


def drop(x: Tensor, rate: float, masks: torch.Generator | None) -> Tensor:
    """Inverted dropout whose mask comes from the given generator, never from a global one."""
    if masks is None or rate == 0:
        return x
    keep = (torch.rand(x.shape, generator=masks) >= rate).to(x.device)
    return x * keep / (1 - rate)


def _dense(inputs: int, outputs: int, init: torch.Generator) -> nn.Linear:
    layer = nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")
    bound = 1 / math.sqrt(inputs)  # what nn.Linear's Kaiming-uniform with a = sqrt(5) comes to
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=init)
        layer.bias.uniform_(-bound, bound, generator=init)
    return layer
