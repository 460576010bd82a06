"""Whether both sides of the CNN bench compute the same: from the same weights, batches and dropout masks."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fedser.models.mlp import drop
from simulations.bench.cnn_job import CnnJob
from simulations.bench.cnn_ours import OurLoop
from simulations.bench.cnn_plain import PlainLoop

EPOCHS = 2
LOSS, MODEL = 1e-4, 1e-2
"""Tolerances: of losses (relative), and of the weights (of the way they have moved). Rounding is far below the first;
Adam divides by the root of second moments, which makes it visible in the second."""


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
    """Train both sides for a few passes and compare them."""
    maps, elements = _Drawn(job.cnn.dropout, maps=True), _Drawn(job.cnn.dropout, maps=False)
    ours, plain, losses = OurLoop(job), PlainLoop(job, maps, elements), []
    for number in range(1, EPOCHS + 1):
        maps.masks = elements.masks = job.stream("epoch", number)("dropout").torch()
        pairs = ((ours.train(number), plain.train(number)), (ours.validate(), plain.validate()))
        losses += [abs(one / other - 1) for one, other in pairs]
    found, right, start = (list(network.parameters()) for network in (ours.network, plain.network, job.network()))
    return CnnAgreement(job.lesson.layer, max(losses), _distance(found, right) / _distance(right, start))


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
