"""Ratios between sides, repetition by repetition: what both lost to the machine's noise cancels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from simulations.bench.sample import Quantity, Sample


@dataclass(frozen=True)
class Ratio:
    """How many times the value of ``below`` that of ``above`` is: the median and the range over repetitions."""

    above: str
    below: str
    case: str
    quantity: Quantity
    median: float
    low: float
    high: float


def ratio(samples: Sequence[Sample], above: str, below: str, *quantities: Quantity) -> list[Ratio]:
    """One ratio for each case that both sides have, and each of ``quantities`` (by default all), as measured."""
    found = {side: [_key(s) for s in samples if s.side == side] for side in (above, below)}
    keys = [key for key in dict.fromkeys(found[above]) if key in found[below]]
    return [_ratio(samples, above, below, case, what) for case, what in keys if not quantities or what in quantities]


def across(samples: Sequence[Sample], above: str, below: str, *quantities: Quantity) -> list[Ratio]:
    """The ratios between two cases of the same side, whose names become the sides of the ratio."""
    turned = [replace(sample, side=sample.case, case=sample.side) for sample in samples]
    return ratio(turned, above, below, *quantities)


def _ratio(samples: Sequence[Sample], above: str, below: str, case: str, quantity: Quantity) -> Ratio:
    chosen = [sample for sample in samples if _key(sample) == (case, quantity)]
    values = {(sample.side, sample.repetition): sample.value for sample in chosen}
    repetitions = sorted({sample.repetition for sample in chosen if sample.side == above})
    ratios = [values[above, number] / values[below, number] for number in repetitions]
    return Ratio(above, below, case, quantity, median(ratios), min(ratios), max(ratios))


def _key(sample: Sample) -> tuple[str, Quantity]:
    return sample.case, sample.quantity
