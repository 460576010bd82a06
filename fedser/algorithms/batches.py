"""Batches of one client, drawn from its own stream."""

from collections.abc import Iterator

import torch

from fedser.algorithms.algorithm import ClientData
from fedser.seeds import Stream


def batches(data: ClientData, size: int, stream: Stream) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """One pass over the data in a drawn order: x float32 [batch, dims], y int64 [batch]; the last may be smaller."""
    order = stream.numpy().permutation(len(data.y))
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        yield torch.from_numpy(data.x[rows]), torch.from_numpy(data.y[rows])
