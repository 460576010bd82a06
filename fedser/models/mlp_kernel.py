"""Explicit passes of the dense network with ReLU and dropout (back-propagation: Rumelhart, Hinton & Williams 1986)."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from fedser.models.kernel import Drop, Precision, Residual, Tap
from fedser.models.layout import Layout
from fedser.updates.update import BESIDE, model_parameters


class MLPKernel:
    """Weights [..., out, in] and biases [..., out] are views of ``parameters``, their gradients of ``gradient``."""

    def __init__(
        self,
        layout: Layout,
        rates: Sequence[float],
        rates_at_evaluation: Sequence[float],
        parameters: Tensor,
        gradient: Tensor,
        precision: Precision,
    ) -> None:
        self._layout, self._rates, self._precision = layout, rates, precision
        self._rates_at_evaluation = rates_at_evaluation
        self._product = _PRODUCTS[precision]
        self.parameters, self.gradient = parameters, gradient
        views, gradients = layout.views(parameters), layout.views(gradient)
        self._layers = _pairs(views)
        self._gradients = [(weight, bias.squeeze(-2)) for weight, bias in _pairs(gradients)]
        self._beside, self._beside_gradients = _beside(views), _beside(gradients)

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
        """One matrix product forward and two back for each layer (one back for the first)."""
        inputs = [x]
        for (weight, bias), rate in zip(self._layers[:-1], self._rates, strict=True):
            hidden = self._dense(inputs[-1], weight, bias).relu_()
            inputs.append(drop(hidden, rate) if rate else hidden)
        loss, delta = residual(self._dense(inputs[-1], *self._layers[-1]), y, weights)
        if norm is not None:
            delta.mul_(self._within(norm, delta, weights, inputs))
        pulls = self._tapped(tap, inputs)
        for number in range(len(self._layers) - 1, -1, -1):
            by_weight, by_bias = self._gradients[number]
            self._product(delta.mT, inputs[number], by_weight)
            torch.sum(delta, dim=-2, out=by_bias)
            if number:
                delta = self._before(number, delta, inputs[number], pulls.get(number))
        return loss

    def _before(self, number: int, delta: Tensor, taken: Tensor, pull: Tensor | None = None) -> Tensor:
        """The derivative by the layer before ``number``, whose activations are ``taken``, from that by its own."""
        delta = self._product(delta, self._layers[number][0])
        if pull is not None:
            delta.add_(pull)
        # A kept, positive unit passes its share on; dropped and negative ones are zero in the input.
        delta.mul_(taken > 0)
        return delta.div_(1 - self._rates[number - 1]) if self._rates[number - 1] else delta

    def _within(self, norm: float, delta: Tensor, weights: Tensor, inputs: Sequence[Tensor]) -> Tensor:
        """1 / max(1, |g_i| / C) of each example, [..., batch, 1], without any gradient of one (Goodfellow 2015,
        arXiv 1510.01799): |g_i|^2 = sum over layers of |delta_i|^2 (|x_i|^2 + 1), the one being the bias's.

        All deltas of an example are proportional to its last one, so that to scale this scales its gradient.
        """
        squares = torch.zeros_like(weights)
        for number in range(len(self._layers) - 1, -1, -1):
            squares += delta.square().sum(dim=-1) * (inputs[number].square().sum(dim=-1) + 1)
            if number:
                delta = self._before(number, delta, inputs[number])
        most = norm * weights  # deltas come with the weight of their example
        return (most / torch.maximum(squares.sqrt_(), most).clamp_min_(torch.finfo(most.dtype).tiny)).unsqueeze(-1)

    def _tapped(self, tap: Tap | None, inputs: Sequence[Tensor]) -> dict[int, Tensor]:
        """What a tap adds to the derivative by its layer's activations, by that layer; the gradient of what lies beside
        the layers is written.
        """
        pull, moved = tap(inputs[tap.layer], self._beside) if tap else (inputs[0], {})
        for name, gradient in self._beside_gradients.items():
            # Steps may have been taken in place, with weight decay.
            gradient.copy_(moved[name]) if name in moved else gradient.zero_()
        return {tap.layer: pull} if tap else {}

    def logits(self, x: Tensor, drop: Drop | None = None) -> Tensor:
        """Logits without dropout, or with what of it stays on at evaluation."""
        for (weight, bias), rate in zip(self._layers[:-1], self._rates_at_evaluation, strict=True):
            x = self._dense(x, weight, bias).relu_()
            x = drop(x, rate) if drop and rate else x
        return self._dense(x, *self._layers[-1])

    def _dense(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return self._product(x, weight.mT).add_(bias)

    def first(self, number: int) -> "MLPKernel":
        """The first clients of a stack."""
        if number == len(self.parameters):
            return self
        flat = self.parameters[:number], self.gradient[:number]
        return MLPKernel(self._layout, self._rates, self._rates_at_evaluation, *flat, self._precision)


def _pairs(views: dict[str, Tensor]) -> list[tuple[Tensor, Tensor]]:
    """(weight [..., out, in], bias [..., 1, out]) of each layer."""
    tensors = list(model_parameters(views).values())
    return [(weight, bias.unsqueeze(-2)) for weight, bias in zip(tensors[::2], tensors[1::2], strict=True)]


def _beside(views: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What is no layer."""
    return {name: view for name, view in views.items() if name.startswith(BESIDE)}


def _full(a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
    if a.dim() == 3 and len(a) == 1 and out is None:
        # As in a larger stack: alone, matrices of one column are multiplied by other instructions.
        return torch.matmul(a.expand(2, -1, -1), b.expand(2, -1, -1))[:1]
    return torch.matmul(a, b, out=out)


def _tf32(a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
    matmul = torch.backends.cuda.matmul
    before, matmul.fp32_precision = matmul.fp32_precision, "tf32"
    try:
        return torch.matmul(a, b, out=out)
    finally:
        matmul.fp32_precision = before


def _bf16(a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
    product = torch.matmul(a.bfloat16(), b.bfloat16())
    return product.float() if out is None else out.copy_(product)


_PRODUCTS = {"float32": _full, "tf32": _tf32, "bf16": _bf16}
