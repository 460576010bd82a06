"""A layer's mini-batches on a GPU: all updates kept there where they fit, else read ahead and sent batch by batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from attacks.cnn.ahead import ahead
from attacks.cnn.layer_data import Batch, Batches, LayerData, runs
from fedser.metrics.recall import Ints

READ = 64
"""Updates that are read at a time on their way to stay on the device."""


def on_device(data: LayerData, device: torch.device, share: float) -> Batches:
    """The batches of ``data`` on ``device``; ``share`` is that of the GPU's free memory which they may take to stay.

    On a CPU they are always streamed.
    """
    if device.type == "cpu":
        return data
    free, _ = torch.cuda.mem_get_info(device)
    return Resident.of(data, device) if data.size <= share * free else Streamed(data, device)


@dataclass(frozen=True)
class Streamed:
    """Each batch is read while the one before is computed on."""

    data: LayerData
    device: torch.device

    def batches(self, runs: Sequence[Ints]) -> Iterator[Batch]:
        """As LayerData gives them, on the device."""
        for chosen, weight, bias in ahead(self._pinned(runs)):
            yield chosen, weight.to(self.device, non_blocking=True), bias.to(self.device, non_blocking=True)

    def _pinned(self, runs: Sequence[Ints]) -> Iterator[Batch]:
        """In memory from which a GPU reads by itself."""
        for chosen, weight, bias in self.data.batches(runs):
            yield (
                (chosen, weight, bias)
                if self.device.type == "cpu"
                else (chosen, weight.pin_memory(), bias.pin_memory())
            )


@dataclass(frozen=True)
class Resident:
    """All updates on the device, read once: weight [updates, outputs, inputs] and bias [updates, outputs]."""

    weight: Tensor
    bias: Tensor

    @classmethod
    def of(cls, data: LayerData, device: torch.device) -> Self:
        """Read all of ``data``."""
        everyone, (outputs, inputs) = np.arange(len(data)), data.shape
        weight = torch.empty(len(data), outputs, inputs, device=device)
        bias = torch.empty(len(data), outputs, device=device)
        for chosen, some_weight, some_bias in Streamed(data, device).batches(runs(everyone, READ)):
            weight[chosen[0] : chosen[-1] + 1], bias[chosen[0] : chosen[-1] + 1] = some_weight, some_bias
        return cls(weight, bias)

    def batches(self, runs: Sequence[Ints]) -> Iterator[Batch]:
        """As LayerData gives them, on the device."""
        for chosen in runs:
            index = torch.from_numpy(chosen).to(self.weight.device)
            yield chosen, self.weight[index], self.bias[index]
