"""Gated recurrent units (Cho et al. 2014, arXiv 1406.1078) over frames; PyTorch's variant, whose reset gate acts on the
state after its product.
"""

from typing import ClassVar, Literal

import torch
from torch import Tensor

from fedser.models.recurrent import Recurrent


class GRU(Recurrent):
    """Gated recurrent units over frames, attention over time, dense layers."""

    source: ClassVar[str] = "Cho et al. 2014; attention as Yousefi and Emmanouilidou 2021"
    gates: ClassVar[int] = 3
    name: Literal["gru"] = "gru"

    def run(self, x: Tensor, weights: list[Tensor]) -> Tensor:
        """See ``Recurrent``."""
        start = x.new_zeros(1, len(x), self.width)
        return torch.gru(x, start, weights, True, 1, 0.0, False, False, True)[0]
