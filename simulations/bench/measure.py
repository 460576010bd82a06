"""Seconds per round and per client update of every side, in turns, so that a noisy machine disturbs all alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Literal

from fedser.engine.data import TrainingData
from simulations.bench.setting import Clock, Setting, without_evaluation
from simulations.bench.side import Job, Side

Unit = Literal["round", "client update"]
"""A whole round with the evaluation of all clients, or a round with nothing held out, divided by its clients."""

CLOCKS: Mapping[Clock, Callable[[], float]] = {"wall": perf_counter, "cpu": process_time}


@dataclass(frozen=True)
class Sample:
    """One repetition: the mean over the same rounds on every side."""

    side: str
    algorithm: str
    unit: Unit
    repetition: int
    seconds: float


def measure(
    setting: Setting, data: TrainingData, sides: Sequence[Side], progress: Callable[[int, int], None]
) -> list[Sample]:
    """Time every side on every algorithm and unit; ``progress`` is told (done, total)."""
    plan = list(_plan(setting, data))
    total = len(plan) * len(sides) * setting.repetitions
    samples: list[Sample] = []
    for repetition in range(setting.repetitions):
        # Every other repetition runs backwards: no side always follows the same one.
        turn = list(sides) if repetition % 2 == 0 else list(reversed(sides))
        for unit, job in plan:
            for side in turn:
                samples.append(_sample(side, job, unit, repetition, setting.clock))
                progress(len(samples), total)
    return samples


def _plan(setting: Setting, data: TrainingData) -> Iterator[tuple[Unit, Job]]:
    bare = without_evaluation(data)
    for algorithm in setting.algorithms:
        simulation = setting.simulation(algorithm, setting.rounds + 1)
        yield "round", Job(simulation, data)
        yield "client update", Job(simulation, bare)


def _sample(side: Side, job: Job, unit: Unit, repetition: int, clock: Clock) -> Sample:
    algorithm = job.simulation.algorithm
    parts = 1 if unit == "round" else algorithm.cohort_size(len(job.data.open().clients))
    seconds = seconds_per_round(side, job, CLOCKS[clock]) / parts
    return Sample(side.name, algorithm.name, unit, repetition, seconds)


def seconds_per_round(side: Side, job: Job, clock: Callable[[], float]) -> float:
    """The mean from the replies of one round to those of the next: setting up and the first clients are left out."""
    ticks: list[float] = []
    side.run(job, lambda: ticks.append(clock()))
    return (ticks[-1] - ticks[0]) / (len(ticks) - 1)
