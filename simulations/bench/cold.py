"""A side's training in a fresh process: when each of its rounds ended, and how much memory it took."""

from dataclasses import dataclass
from itertools import pairwise
from time import monotonic

from simulations.bench.apart import apart
from simulations.bench.memory import own, peak
from simulations.bench.side import Job, Outcome, Side


@dataclass(frozen=True)
class Cold:
    """``rounds`` are the seconds of each round, the first of which counts from the start of the process.

    Memory is in bytes: ``peak_memory`` with pages of mapped files, ``own_memory`` without, at the end of a round.
    """

    rounds: tuple[float, ...]
    peak_memory: int
    own_memory: int
    outcome: Outcome


@dataclass(frozen=True)
class _Task:
    side: Side
    job: Job
    start: float


def run_cold(side: Side, job: Job, timeout: float) -> Cold:
    """Train in a process of its own; raises ApartError where it fails or takes more than ``timeout`` seconds."""
    rounds = job.simulation.rounds
    what = f"{side.name}, {job.cohort} clients a round, {rounds} rounds"
    return apart(what, _run, _Task(side, job, monotonic()), timeout)


def _run(task: _Task) -> Cold:
    ticks, memory = [task.start], [0]

    def tick() -> None:
        ticks.append(monotonic())  # the clock of the whole machine: the start was read in another process
        memory.append(own())

    outcome = task.side.run(task.job, tick)
    return Cold(tuple(end - start for start, end in pairwise(ticks)), peak(), max(memory), outcome)
