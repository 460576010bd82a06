"""Whether both sides of the CNN bench compute the same: from the same weights, batches and dropout masks."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fedser.models.mlp import drop
from simulations.bench.cnn_job import CnnJob
from simulations.bench.cnn_ours import OurLoop
from simulations.bench.cnn_plain import PlainLoop

LOSS, MODEL = 1e-4, 2e-2
"""Tolerances: of losses (relative), and of the weights (of the way they have moved).

Rounding decides between the nearly equal elements of a pooled window, and Adam divides by the root of small second
moments: PyTorch's own two memory formats differ as much from each other (0.2 to 0.9 % of the way in a pass of three
batches), and with each further pass by more.
"""


@dataclass(frozen=True)
class CnnAgreement:
    """The largest difference of a loss, relative, and of the weights after training, relative to how far they moved."""

    layer: str
    loss: float
    model: float

    @property
    def holds(self) -> bool:
        """Whether both are within their tolerances."""
        return self.loss <= LOSS and self.model <= MODEL


def agreement(job: CnnJob) -> CnnAgreement:
    """Train both sides for one pass, validate them, and compare them."""
    maps, elements = _Drawn(job.cnn.dropout, maps=True), _Drawn(job.cnn.dropout, maps=False)
    ours, plain = OurLoop(job), PlainLoop(job, maps, elements)
    maps.masks = elements.masks = job.stream("epoch", 1)("dropout").torch()
    pairs = ((ours.train(1), plain.train(1)), (ours.validate(), plain.validate()))
    found, right, start = (list(network.parameters()) for network in (ours.network, plain.network, job.network()))
    return CnnAgreement(
        layer=job.lesson.layer,
        loss=max(abs(one / other - 1) for one, other in pairs),
        model=_distance(found, right) / _distance(right, start),
    )


class _Drawn(nn.Module):
    """Dropout, of whole maps or of elements, by the masks that our side draws."""

    masks: torch.Generator

    def __init__(self, rate: float, maps: bool) -> None:
        super().__init__()
        self._rate, self._maps = rate, maps

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        return x * drop(x.new_ones(*x.shape[:2], 1, 1) if self._maps else torch.ones_like(x), self._rate, self.masks)


def _distance(one: Iterable[Tensor], other: Iterable[Tensor]) -> float:
    return float(sum((a.detach() - b.detach()).double().square().sum() for a, b in zip(one, other, strict=True)) ** 0.5)
