"""The stages before the first batch normalisation, by hand, piece by piece: what an update's maps are does not depend
on the other updates of its batch, so that a piece can go through all of them while it lies in the cache.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

import torch
from torch import Tensor

from attacks.cnn.network import LayerNetwork, Stage
from attacks.cnn.pools import Shape, pooled
from attacks.cnn.stage_passes import StagePasses

PIECE = 16 * 2**20
"""Bytes of the largest maps of a piece, where a single update does not take more."""


class Front:
    """``capacity`` is the largest number of updates in a batch, ``dtype`` that of maps and products."""

    def __init__(self, network: LayerNetwork, capacity: int, dtype: torch.dtype) -> None:
        stages = leading(network)
        shapes = list(_shapes(network.shape, stages))
        largest = max(s.conv.out_channels * rows * columns for s, (rows, columns) in zip(stages, shapes, strict=True))
        self._piece = max(1, min(capacity, PIECE // (largest * dtype.itemsize)))
        self._dtype = dtype
        self._stages = [
            StagePasses(stage, shape, capacity, self._piece, dtype) for stage, shape in zip(stages, shapes, strict=True)
        ]

    def forward(self, weight: Tensor, scales: Sequence[Tensor | None]) -> Tensor:
        """Maps behind these stages, [batch, filters, rows, columns], of normalised ``weight`` [batch, rows, columns].

        ``scales`` are each stage's dropout. The maps lie in a buffer that the next pass overwrites.
        """
        self._x = weight.unsqueeze(-1).permute(0, 3, 1, 2).to(self._dtype)
        self._scales = [None if scale is None else scale.to(self._dtype) for scale in scales]
        for stage in self._stages:
            stage.begin()
        for piece in self._pieces():
            maps = self._x[piece]
            for stage, scale in zip(self._stages, self._scales, strict=True):
                maps = stage.forward(piece, maps, _part(scale, piece))
        return self._stages[-1].maps[: len(weight)]

    def backward(self, gradient: Tensor) -> None:
        """Set the parameters' gradients, given that of the maps of the last forward pass, which is overwritten."""
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        for stage in self._stages:
            stage.begin_backward()
        for piece in self._pieces():
            self._backward(piece, gradient[piece])
        for stage in self._stages:
            stage.finish_backward()

    def _backward(self, piece: slice, gradient: Tensor) -> None:
        for number in range(len(self._stages) - 1, -1, -1):
            below = self._stages[number - 1].maps[piece] if number else self._x[piece]
            gradient = self._stages[number].backward(
                piece, below, gradient, _part(self._scales[number], piece), down=number > 0
            )

    def _pieces(self) -> Iterator[slice]:
        size = len(self._x)
        return (slice(start, min(start + self._piece, size)) for start in range(0, size, self._piece))


def leading(network: LayerNetwork) -> list[Stage]:
    """The stages before the first batch normalisation, which sees a whole batch at once."""
    return list(takewhile(lambda stage: stage.norm is None, network.stages))


def _shapes(shape: Shape, stages: Sequence[Stage]) -> Iterator[Shape]:
    """The rows and columns that each of ``stages`` meets."""
    for stage in stages:
        yield shape
        shape = pooled(shape, stage.pool)


def _part(scale: Tensor | None, piece: slice) -> Tensor | None:
    return None if scale is None else scale[piece]
