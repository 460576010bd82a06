"""Sides are timed in turns, so that a noisy machine disturbs all alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from simulations.bench.sample import Quantity, Sample

Measured = Mapping[Quantity, Sequence[float]]
"""The values of each quantity, one per repetition that a single run is good for."""

Progress = Callable[[int, int], None]
"""Told (done, total)."""


@dataclass(frozen=True)
class Trial:
    """One side on one case, ready to be measured."""

    side: str
    case: str
    measure: Callable[[], Measured]


def in_turns(groups: Sequence[Sequence[Trial]], repetitions: int, progress: Progress) -> list[Sample]:
    """Measure the trials of each group one after the other, ``repetitions`` times; ``progress`` is told (done, total).

    Every other repetition runs a group backwards: no side always follows the same one.
    """
    total, done, samples = repetitions * sum(map(len, groups)), 0, list[Sample]()
    for repetition in range(repetitions):
        for group in groups:
            for trial in group if repetition % 2 == 0 else reversed(group):
                samples += _samples(trial, repetition)
                done += 1
                progress(done, total)
    return samples


def _samples(trial: Trial, repetition: int) -> list[Sample]:
    return [
        Sample(trial.side, trial.case, quantity, repetition * len(values) + number, value)
        for quantity, values in trial.measure().items()
        for number, value in enumerate(values)
    ]
