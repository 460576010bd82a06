"""The network of Feng et al. 2021, figure 4: convolutions over the weight update, then dense layers that also see the
bias update. Imports torch: load it lazily.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Self, TypeVar, cast

import torch
from torch import Tensor, nn

from attacks.cnn.pools import Pools, Shape, last_map
from attacks.cnn.settings import Convolution, Pool, Precision
from fedser.models.mlp import drop

Masks = torch.Generator | None
"""Draws the dropout of a training step; None evaluates without dropout."""

Layer = TypeVar("Layer", bound=nn.Module)


class Stage(nn.Module):
    """Convolution, batch normalisation where asked for, ReLU, max-pool."""

    def __init__(self, inputs: int, convolution: Convolution, pool: Pool | None, init: torch.Generator) -> None:
        super().__init__()
        self.pool = pool
        kernel = convolution.kernel
        conv = nn.Conv2d(inputs, convolution.filters, kernel, padding=kernel // 2, device="meta")
        self.conv: nn.Conv2d = _drawn(conv, init)
        self.norm = nn.BatchNorm2d(convolution.filters) if convolution.batch_norm else None

    def forward(self, x: Tensor) -> Tensor:
        """Maps [batch, filters, rows, columns] of what came before."""
        x = self.conv(x)
        x = x if self.norm is None else self.norm(x)
        x = x if self.pool is None else nn.functional.max_pool2d(x, self.pool.kernel, self.pool.stride)
        return torch.relu(x)  # the same as before the pool, since both are monotone, on a fraction of the elements


class LayerNetwork(nn.Module):
    """Class logits from one layer's update; ``shape`` is that of its weights, (outputs, inputs).

    Weights are drawn by ``init``, in PyTorch's default distribution.
    """

    def __init__(
        self,
        shape: Shape,
        convolutions: Sequence[Convolution],
        pools: Pools,
        hidden: Sequence[int],
        classes: int,
        dropout: float,
        init: torch.Generator,
    ) -> None:
        super().__init__()
        self.shape, self.dropout = shape, dropout
        self.filters = [convolution.filters for convolution in convolutions]
        inputs = [1, *self.filters]
        stages = zip(inputs[:-1], convolutions, pools, strict=True)
        modules = [Stage(maps, convolution, pool, init) for maps, convolution, pool in stages]
        self.stages = cast("Sequence[Stage]", nn.ModuleList(modules))
        rows, columns = last_map(shape, pools)
        widths = [inputs[-1] * rows * columns + shape[0], *hidden, classes]  # the bias update joins the flat maps
        self.dense = nn.ModuleList(_drawn(nn.Linear(n, m, device="meta"), init) for n, m in itertools.pairwise(widths))

    def forward(self, weight: Tensor, bias: Tensor, masks: Masks = None) -> Tensor:
        """Logits [batch, classes] of normalised updates: weight [batch, outputs, inputs] and bias [batch, outputs]."""
        return self.after(0, weight[:, None], bias, masks)

    def after(self, stages: int, x: Tensor, bias: Tensor, masks: Masks = None) -> Tensor:
        """Logits from the maps [batch, filters, rows, columns] behind so many stages; behind none it is the update."""
        for number in range(stages, len(self.stages)):
            x, scales = self.stages[number](x), self.map_scales(number, len(x), masks)
            x = x if scales is None else x * scales.to(x)
        x = torch.cat([x.flatten(1), bias], dim=1)
        *hidden, last = self.dense
        for layer in hidden:
            x = drop(torch.relu(layer(x)), self.dropout, masks)
        return torch.as_tensor(last(x))

    def on(self, device: torch.device, precision: Precision) -> Self:
        """This network on ``device``, its weights in the order in memory that convolutions are fastest in there."""
        plain = device.type != "cpu" and precision == "float32"
        self.to(device, memory_format=torch.contiguous_format if plain else torch.channels_last)  # type: ignore[call-overload]
        return self

    def map_scales(self, stage: int, updates: int, masks: Masks) -> Tensor | None:
        """The dropout of whole maps behind ``stage``: factors [updates, filters, 1, 1], or None without dropout."""
        if masks is None or not self.dropout:
            return None
        return drop(torch.ones(updates, self.filters[stage], 1, 1), self.dropout, masks)


def _drawn(module: Layer, init: torch.Generator) -> Layer:
    module = module.to_empty(device="cpu")  # built without memory, so that no global generator was drawn from
    weight = module.get_parameter("weight")
    bound = 1 / math.sqrt(weight[0].numel())  # what PyTorch's Kaiming-uniform with a = sqrt(5) comes to
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(-bound, bound, generator=init)
    return module
