"""Mini-batches of one layer's normalised updates, read from the stores as they are needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from attacks.cnn.standard import Standard
from attacks.update_set import UpdateSet
from fedser.metrics.recall import Ints


@dataclass(frozen=True)
class LayerData:
    """The updates of one layer under one normalisation."""

    updates: UpdateSet
    layer: str
    standard: Standard

    def batches(self, runs: Sequence[Ints]) -> Iterator[tuple[Ints, Tensor, Tensor]]:
        """(indices, weight [batch, out, in], bias [batch, out]) of the updates in each of ``runs``."""
        for chosen in runs:
            yield chosen, *self._read(chosen)

    def _read(self, indices: Ints) -> tuple[Tensor, Tensor]:
        outputs, inputs = self.updates.public.parameters[f"{self.layer}.weight"]
        weight, bias = torch.empty(len(indices), outputs, inputs), torch.empty(len(indices), outputs)
        for place, gradient in enumerate(self.updates.gradients(self.layer, indices.tolist())):
            normal = self.standard(gradient)
            weight[place], bias[place] = torch.from_numpy(normal["weight"]), torch.from_numpy(normal["bias"])
        return weight, bias


def runs(order: Ints, size: int, smallest: int = 1) -> list[Ints]:
    """``order`` cut into runs of ``size``; a last run of fewer than ``smallest`` is part of the one before."""
    cuts = list(range(size, len(order), size))
    if cuts and len(order) - cuts[-1] < smallest:
        cuts.pop()
    return np.split(order, cuts)
