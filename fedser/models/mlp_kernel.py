"""Explicit passes of the dense network with ReLU and dropout (back-propagation: Rumelhart, Hinton & Williams 1986)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from fedser.models.kernel import Drop, Residual
from fedser.models.layout import Layout


class MLPKernel:
    """Weights [..., out, in] and biases [..., out] are views of ``parameters``, their gradients of ``gradient``."""

    def __init__(self, layout: Layout, rates: Sequence[float], parameters: Tensor, gradient: Tensor) -> None:
        self._layout, self._rates = layout, rates
        self.parameters, self.gradient = parameters, gradient
        self._layers = _pairs(layout.views(parameters))
        self._gradients = [(weight, bias.squeeze(-2)) for weight, bias in _pairs(layout.views(gradient))]

    def backward(self, x: Tensor, y: Tensor, weights: Tensor, drop: Drop, residual: Residual) -> Tensor:
        """One matrix product forward and two back for each layer (one back for the first)."""
        inputs = [x]
        for (weight, bias), rate in zip(self._layers[:-1], self._rates, strict=True):
            hidden = _dense(inputs[-1], weight, bias).relu_()
            inputs.append(drop(hidden, rate) if rate else hidden)
        loss, delta = residual(_dense(inputs[-1], *self._layers[-1]), y, weights)
        for number in range(len(self._layers) - 1, -1, -1):
            by_weight, by_bias = self._gradients[number]
            torch.matmul(delta.mT, inputs[number], out=by_weight)
            torch.sum(delta, dim=-2, out=by_bias)
            if number:
                # A kept, positive unit passes its share on; dropped and negative ones are zero in the input.
                delta = (delta @ self._layers[number][0]).mul_(inputs[number] > 0)
                if self._rates[number - 1]:
                    delta.div_(1 - self._rates[number - 1])
        return loss

    def logits(self, x: Tensor) -> Tensor:
        """Logits without dropout."""
        for weight, bias in self._layers[:-1]:
            x = _dense(x, weight, bias).relu_()
        return _dense(x, *self._layers[-1])

    def first(self, number: int) -> "MLPKernel":
        """The first clients of a stack."""
        if number == len(self.parameters):
            return self
        return MLPKernel(self._layout, self._rates, self.parameters[:number], self.gradient[:number])


def _pairs(views: dict[str, Tensor]) -> list[tuple[Tensor, Tensor]]:
    """(weight [..., out, in], bias [..., 1, out]) of each layer."""
    tensors = list(views.values())
    return [(weight, bias.unsqueeze(-2)) for weight, bias in zip(tensors[::2], tensors[1::2], strict=True)]


def _dense(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.matmul(x, weight.mT).add_(bias)
