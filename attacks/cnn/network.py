"""The network of Feng et al. 2021, figure 4: convolutions over the weight update, then dense layers that also see the
bias update. Imports torch: load it lazily.
"""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from attacks.cnn.pools import Pools, Shape, last_map
from attacks.cnn.settings import Convolution, Pool
from fedser.models.mlp import drop

Masks = torch.Generator | None
"""Draws the dropout of a training step; None evaluates without dropout."""


class Stage(nn.Module):
    """Convolution, batch normalisation where asked for, ReLU, max-pool."""

    def __init__(self, inputs: int, convolution: Convolution, pool: Pool | None, init: torch.Generator) -> None:
        super().__init__()
        self.pool = pool
        kernel = convolution.kernel
        conv = nn.Conv2d(inputs, convolution.filters, kernel, padding=kernel // 2, device="meta")
        self.conv = _drawn(conv, init)
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
        self.dropout = dropout
        inputs = [1, *(convolution.filters for convolution in convolutions)]
        stages = zip(inputs[:-1], convolutions, pools, strict=True)
        self.stages = nn.ModuleList(Stage(maps, convolution, pool, init) for maps, convolution, pool in stages)
        rows, columns = last_map(shape, pools)
        widths = [inputs[-1] * rows * columns + shape[0], *hidden, classes]  # the bias update joins the flat maps
        self.dense = nn.ModuleList(_drawn(nn.Linear(n, m, device="meta"), init) for n, m in itertools.pairwise(widths))

    def forward(self, weight: Tensor, bias: Tensor, masks: Masks = None) -> Tensor:
        """Logits [batch, classes] of normalised updates: weight [batch, outputs, inputs] and bias [batch, outputs]."""
        x = weight[:, None]
        for stage in self.stages:
            x = _drop_maps(stage(x), self.dropout, masks)
        x = torch.cat([x.flatten(1), bias], dim=1)
        *hidden, last = self.dense
        for layer in hidden:
            x = drop(torch.relu(layer(x)), self.dropout, masks)
        return torch.as_tensor(last(x))


def _drop_maps(x: Tensor, rate: float, masks: Masks) -> Tensor:
    return x if masks is None else x * drop(x.new_ones(*x.shape[:2], 1, 1), rate, masks)


def _drawn(module: nn.Module, init: torch.Generator) -> nn.Module:
    module = module.to_empty(device="cpu")  # built without memory, so that no global generator was drawn from
    weight = module.get_parameter("weight")
    bound = 1 / math.sqrt(weight[0].numel())  # what PyTorch's Kaiming-uniform with a = sqrt(5) comes to
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(-bound, bound, generator=init)
    return module
