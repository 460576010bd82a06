"""Ratios between sides, repetition by repetition: what both lost to the machine's noise cancels."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from simulations.bench.measure import Sample, Unit


@dataclass(frozen=True)
class Ratio:
    """How many times the seconds of ``below`` those of ``above`` are: the median and the range over repetitions."""

    above: str
    below: str
    algorithm: str
    unit: Unit
    median: float
    low: float
    high: float


def ratio(samples: Sequence[Sample], above: str, below: str) -> list[Ratio]:
    """One ratio for each algorithm and unit, in the order measured."""
    keys = dict.fromkeys((sample.algorithm, sample.unit) for sample in samples)
    return [_ratio(samples, above, below, algorithm, unit) for algorithm, unit in keys]


def _ratio(samples: Sequence[Sample], above: str, below: str, algorithm: str, unit: Unit) -> Ratio:
    chosen = [sample for sample in samples if (sample.algorithm, sample.unit) == (algorithm, unit)]
    times = {(sample.side, sample.repetition): sample.seconds for sample in chosen}
    repetitions = sorted({sample.repetition for sample in chosen})
    ratios = [times[above, number] / times[below, number] for number in repetitions]
    return Ratio(above, below, algorithm, unit, median(ratios), min(ratios), max(ratios))
