"""Dropout whose masks come from each client's own stream, for one client and for a stack of them."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from fedser.models.kernel import Drop
from fedser.models.mlp import drop


def single(masks: torch.Generator) -> Drop:
    """The dropout of one client's batches."""
    return partial(_drop_one, masks)


def stacked(masks: Sequence[torch.Generator], sizes: Sequence[int]) -> Drop:
    """The dropout of padded batches [clients, batch, width] of which ``sizes`` rows count.

    Each client draws exactly what it would draw alone.
    """
    return partial(_drop_stack, masks, sizes)


def _drop_one(masks: torch.Generator, x: Tensor, rate: float) -> Tensor:
    return drop(x, rate, masks)


def _drop_stack(masks: Sequence[torch.Generator], sizes: Sequence[int], x: Tensor, rate: float) -> Tensor:
    drawn = torch.zeros(x.shape, pin_memory=x.is_cuda)
    for row, (generator, size) in enumerate(zip(masks, sizes, strict=True)):
        torch.rand((size, x.shape[-1]), generator=generator, out=drawn[row, :size])
    return x * (drawn.to(x.device, non_blocking=True) >= rate) / (1 - rate)
