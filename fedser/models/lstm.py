"""Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000) over frames."""

from typing import ClassVar, Literal

import torch
from torch import Tensor

from fedser.models.recurrent import Recurrent


class LSTM(Recurrent):
    """Long short-term memory over frames, attention over time, dense layers."""

    source: ClassVar[str] = "Hochreiter and Schmidhuber 1997; attention as Yousefi and Emmanouilidou 2021"
    gates: ClassVar[int] = 4
    name: Literal["lstm"] = "lstm"

    def run(self, x: Tensor, weights: list[Tensor]) -> Tensor:
        """See ``Recurrent``."""
        start = [x.new_zeros(1, len(x), self.width)] * 2
        return torch.lstm(x, start, weights, True, 1, 0.0, False, False, True)[0]
