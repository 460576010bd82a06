"""Mini-batches of one layer's normalised updates, read from the stores as they are needed."""

from collections.abc import Iterator
from dataclasses import dataclass

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

    def batches(self, order: Ints, size: int) -> Iterator[tuple[Ints, Tensor, Tensor]]:
        """(indices, weight [batch, out, in], bias [batch, out]) of the updates in ``order``; the last may be short."""
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            yield chosen, *self._read(chosen)

    def _read(self, indices: Ints) -> tuple[Tensor, Tensor]:
        outputs, inputs = self.updates.public.parameters[f"{self.layer}.weight"]
        weight, bias = torch.empty(len(indices), outputs, inputs), torch.empty(len(indices), outputs)
        for place, gradient in enumerate(self.updates.gradients(self.layer, indices.tolist())):
            normal = self.standard(gradient)
            weight[place], bias[place] = torch.from_numpy(normal["weight"]), torch.from_numpy(normal["bias"])
        return weight, bias
