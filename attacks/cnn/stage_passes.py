"""One stage (convolution, max-pool, ReLU, dropout of maps) by hand, over a few updates at a time.

The maps of 16 filters over a 256 x 988 matrix take 16 MB an update. For a batch that is memory which comes fresh from
the system at each step and lies in no cache: filling it costs as much as the arithmetic of the stage. So the passes run
piece by piece, and what outlives a piece (the pooled maps and where each maximum stood) lies in buffers made once.
Back-propagation as in Rumelhart, Hinton & Williams 1986; max-pool, ReLU and dropout are all linear where they pass on.
"""

import itertools

import torch
from torch import Tensor, nn

from attacks.cnn.network import Stage
from attacks.cnn.pools import Shape, pooled

_aten = torch.ops.aten


class StagePasses:
    """Passes of ``stage``, which has no batch normalisation, on maps of ``shape`` (rows, columns).

    ``capacity`` is the largest number of updates in a batch, ``piece`` that of updates at a time; ``threads`` may pass
    at the same time, each with its number from 0 and pieces of its own. Maps are [updates, filters, rows, columns]
    with the filters side by side in memory; sums over pieces are float32 whatever the maps' ``dtype``.
    """

    def __init__(self, stage: Stage, shape: Shape, capacity: int, piece: int, threads: int, dtype: torch.dtype) -> None:
        self._conv = stage.conv
        self._pool = stage.pool and (list(stage.pool.kernel), list(stage.pool.stride))
        self.shape = pooled(shape, stage.pool)
        filters, self._dtype = stage.conv.out_channels, dtype
        self.maps = _maps(capacity, filters, self.shape, dtype)
        if self._pool:
            self._maxima = _maps(capacity, filters, self.shape, torch.int64)
            self._spread = [_maps(min(piece, capacity), filters, shape, dtype) for _ in range(threads)]
        self._sums = [[torch.zeros_like(each) for each in stage.conv.parameters()] for _ in range(threads)]

    def begin(self) -> None:
        """Take the weights as they are now."""
        self._weight, self._bias = (parameter.detach().to(self._dtype) for parameter in self._conv.parameters())

    def forward(self, piece: slice, x: Tensor, scales: Tensor | None) -> Tensor:
        """The stage's maps of the updates in ``piece``, from the maps ``x`` before it.

        ``scales`` [piece, filters, 1, 1] is dropout: by what each map is multiplied.
        """
        maps, convolved = self.maps[piece], nn.functional.conv2d(x, self._weight, self._bias, padding=self._padding)
        if self._pool:
            _aten.max_pool2d_with_indices.out(convolved, *self._pool, out=maps, indices=self._maxima[piece])
        else:
            maps.copy_(convolved)
        maps.relu_()
        return maps if scales is None else maps.mul_(scales)

    def begin_backward(self) -> None:
        """Forget the sums of the batch before."""
        for each in itertools.chain.from_iterable(self._sums):
            each.zero_()

    def backward(
        self, thread: int, piece: slice, x: Tensor, gradient: Tensor, scales: Tensor | None, down: bool
    ) -> Tensor:
        """Add up the parameters' gradients, given that of the stage's maps; returns that of ``x`` if ``down``.

        ``gradient`` is overwritten.
        """
        maps, (by_weight, by_bias) = self.maps[piece], self._sums[thread]
        if scales is not None:
            gradient.mul_(scales)
        _aten.threshold_backward.grad_input(gradient, maps, 0, grad_input=gradient)
        by_bias += gradient.sum(dim=(0, 2, 3))
        if self._pool:
            spread = self._spread[thread][: len(maps)]
            _aten.max_pool2d_with_indices_backward.grad_input(
                gradient, spread, *self._pool, [0, 0], [1, 1], False, self._maxima[piece], grad_input=spread
            )
            gradient = spread
        below: Tensor
        below, found, _ = _aten.convolution_backward(
            gradient, x, self._weight, None, [1, 1], self._padding, [1, 1], False, [0, 0], 1, [down, True, False]
        )
        by_weight += found
        return below

    def finish_backward(self) -> None:
        """Hand the sums to the parameters, those of the threads added in their order."""
        first, *others = self._sums
        for parameter, *each in zip(self._conv.parameters(), first, *others, strict=True):
            total, *rest = each
            for more in rest:
                total += more
            parameter.grad = total

    @property
    def _padding(self) -> list[int]:
        return [side // 2 for side in self._conv.kernel_size]


def _maps(updates: int, filters: int, shape: Shape, dtype: torch.dtype) -> Tensor:
    return torch.empty(updates, *shape, filters, dtype=dtype).permute(0, 3, 1, 2)
