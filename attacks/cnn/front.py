"""The stages before the first batch normalisation, by hand, piece by piece: what an update's maps are does not depend
on the other updates of its batch, so that a piece can go through all of them while it lies in the cache.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

import torch
from torch import Tensor

from attacks.cnn.crew import Crew
from attacks.cnn.network import LayerNetwork, Stage
from attacks.cnn.pools import Shape, pooled
from attacks.cnn.stage_passes import StagePasses

PIECE = 16 * 2**20
"""Bytes of the largest maps of a piece, where a single update does not take more."""

Scales = Sequence[Tensor | None]
"""Of each stage, by what dropout multiplies each map: [batch, filters, 1, 1], or None without dropout."""


class Front:
    """``capacity`` is the largest number of updates in a batch, ``dtype`` that of maps and products.

    The batch is dealt to as many threads as torch has where this is made, each of which computes by itself. To split
    every product between them would make them wait for each other at each step, and on a busy machine that is long.
    """

    def __init__(self, network: LayerNetwork, capacity: int, dtype: torch.dtype) -> None:
        stages, self._crew = leading(network), Crew(torch.get_num_threads())
        shapes = list(_shapes(network.shape, stages))
        largest = max(s.conv.out_channels * rows * columns for s, (rows, columns) in zip(stages, shapes, strict=True))
        self._piece, self._dtype = max(1, min(capacity, PIECE // (largest * dtype.itemsize))), dtype
        self._stages = [
            StagePasses(stage, shape, capacity, self._piece, self._crew.threads, dtype)
            for stage, shape in zip(stages, shapes, strict=True)
        ]

    def forward(self, x: Tensor, scales: Scales) -> Tensor:
        """Maps behind these stages, [batch, filters, rows, columns], of normalised updates [batch, outputs, inputs].

        ``scales`` are each stage's dropout. The maps lie in a buffer that the next pass overwrites.
        """
        for stage in self._stages:
            stage.begin()
        self._crew.run(len(x), lambda _, share: self._forward(share, x, scales))
        return self._stages[-1].maps[: len(x)]

    def backward(self, x: Tensor, scales: Scales, gradient: Tensor) -> None:
        """Set the parameters' gradients, given that of the maps; the last forward pass was of the same ``x``.

        ``gradient`` is overwritten.
        """
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        for stage in self._stages:
            stage.begin_backward()
        self._crew.run(len(x), lambda thread, share: self._backward(thread, share, x, scales, gradient))
        for stage in self._stages:
            stage.finish_backward()

    def _forward(self, share: slice, x: Tensor, scales: Scales) -> None:
        for piece in self._pieces(share):
            maps = self._maps(x, piece)
            for stage, scale in zip(self._stages, scales, strict=True):
                maps = stage.forward(piece, maps, self._part(scale, piece))

    def _backward(self, thread: int, share: slice, x: Tensor, scales: Scales, gradient: Tensor) -> None:
        for piece in self._pieces(share):
            above = gradient[piece]
            for number in range(len(self._stages) - 1, -1, -1):
                below = self._stages[number - 1].maps[piece] if number else self._maps(x, piece)
                scale = self._part(scales[number], piece)
                above = self._stages[number].backward(thread, piece, below, above, scale, down=number > 0)

    def _pieces(self, share: slice) -> Iterator[slice]:
        starts = range(share.start, share.stop, self._piece)
        return (slice(start, min(start + self._piece, share.stop)) for start in starts)

    def _maps(self, x: Tensor, piece: slice) -> Tensor:
        """The updates of a piece as one map each, in the memory format of maps, which one channel leaves open."""
        return x[piece].unsqueeze(-1).permute(0, 3, 1, 2).to(self._dtype)

    def _part(self, scale: Tensor | None, piece: slice) -> Tensor | None:
        return None if scale is None else scale[piece].to(self._dtype)


def leading(network: LayerNetwork) -> list[Stage]:
    """The stages before the first batch normalisation, which sees a whole batch at once."""
    return list(takewhile(lambda stage: stage.norm is None, network.stages))


def _shapes(shape: Shape, stages: Sequence[Stage]) -> Iterator[Shape]:
    """The rows and columns that each of ``stages`` meets."""
    for stage in stages:
        yield shape
        shape = pooled(shape, stage.pool)
