"""What the CNN bench found, as values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from simulations.bench.cnn_agreement import CnnAgreement

CnnUnit = Literal["training", "validation"]
"""An update in one pass over those trained on, or in one over those validated on."""


@dataclass(frozen=True)
class CnnSample:
    """One repetition: CPU seconds per update and pass, of one side on one layer."""

    side: str
    layer: str
    unit: CnnUnit
    repetition: int
    seconds: float


@dataclass(frozen=True)
class CnnRatio:
    """How many times our seconds those of the plain loop are: the median and the range over repetitions."""

    layer: str
    unit: CnnUnit
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class CnnResults:
    """One run of this bench."""

    samples: tuple[CnnSample, ...]
    agreements: tuple[CnnAgreement, ...]

    @property
    def agree(self) -> bool:
        """Whether both sides computed the same, without which no ratio means anything."""
        return all(agreement.holds for agreement in self.agreements)

    @property
    def ratios(self) -> tuple[CnnRatio, ...]:
        """One for each layer and unit, in the order measured."""
        return tuple(cnn_ratios(self.samples))


def cnn_ratios(samples: Sequence[CnnSample]) -> Iterator[CnnRatio]:
    """Plain over ours, repetition by repetition: what both lost to the machine's noise cancels."""
    for layer, unit in dict.fromkeys((sample.layer, sample.unit) for sample in samples):
        chosen = [sample for sample in samples if (sample.layer, sample.unit) == (layer, unit)]
        times = {(sample.side, sample.repetition): sample.seconds for sample in chosen}
        repetitions = sorted({sample.repetition for sample in chosen})
        each = [times["plain", number] / times["ours", number] for number in repetitions]
        yield CnnRatio(layer, unit, median(each), min(each), max(each))
