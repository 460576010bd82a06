"""The gradients of many records at once, as factors: of a dense layer, record i's gradient is delta_i x_i^T.

With x_i the layer's input and delta_i the loss's derivative by its output, inner products with an update and norms
follow from the factors alone, so that no record's gradient is ever written out (Goodfellow 2015, arXiv 1510.01799).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fedser.metrics.recall import Floats, Ints
from fedser.updates.update import Arrays


@dataclass(frozen=True)
class Gradients:
    """By dense layer: inputs [records, in] and deltas [records, out] of the records' own losses."""

    factors: Mapping[str, tuple[Tensor, Tensor]]

    def products(self, update: Arrays) -> Floats:
        """<g_i, u> over the parameters that ``update`` has: [records]."""
        total = torch.zeros(self._records)
        for layer, (x, delta) in self._of(update):
            if f"{layer}.weight" in update:
                total = total + ((delta @ _tensor(update, f"{layer}.weight")) * x).sum(dim=1)
            if f"{layer}.bias" in update:
                total = total + delta @ _tensor(update, f"{layer}.bias")
        return _array(total)

    def norms(self, names: Mapping[str, object]) -> Floats:
        """|g_i| over the parameters ``names``: [records]."""
        total = torch.zeros(self._records)
        for layer, (x, delta) in self._of(names):
            size = (x * x).sum(dim=1) * (f"{layer}.weight" in names) + float(f"{layer}.bias" in names)
            total = total + (delta * delta).sum(dim=1) * size
        return _array(total.sqrt())

    def group_norms(self, groups: Ints, names: Mapping[str, object]) -> Floats:
        """|mean of g_i over a group|, [groups]; the records of each group stand together in ``groups`` [records]."""
        sizes = torch.unique_consecutive(torch.from_numpy(groups), return_counts=True)[1].tolist()
        total = torch.zeros(len(sizes), dtype=torch.float64)
        for layer, (x, delta) in self._of(names):
            for place, (inputs, errors) in enumerate(
                zip(torch.split(x, sizes), torch.split(delta, sizes), strict=True)
            ):
                if f"{layer}.weight" in names:
                    total[place] += (errors.mT @ inputs).square().sum()
                if f"{layer}.bias" in names:
                    total[place] += errors.sum(dim=0).square().sum()
        return _array(total.sqrt() / torch.tensor(sizes))

    @property
    def _records(self) -> int:
        return len(next(iter(self.factors.values()))[0])

    def _of(self, names: Mapping[str, object]) -> list[tuple[str, tuple[Tensor, Tensor]]]:
        return [one for one in self.factors.items() if {f"{one[0]}.weight", f"{one[0]}.bias"} & set(names)]


def _tensor(update: Arrays, name: str) -> Tensor:
    return torch.from_numpy(np.require(update[name], requirements=("C", "W")))


def _array(values: Tensor) -> Floats:
    array: Floats = values.double().numpy()
    return array
