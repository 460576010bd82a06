"""Seconds per round of a training, by the clock that one chooses."""

from collections.abc import Callable, Mapping
from time import perf_counter, process_time
from types import MappingProxyType

from simulations.bench.setting import Clock
from simulations.bench.side import Job, Side

CLOCKS: Mapping[Clock, Callable[[], float]] = MappingProxyType({"wall": perf_counter, "cpu": process_time})


def seconds_per_round(side: Side, job: Job, clock: Callable[[], float]) -> float:
    """The mean over all rounds but the first, in which a side sets up what it needs."""
    ticks: list[float] = []
    side.run(job, lambda: ticks.append(clock()))
    return (ticks[-1] - ticks[0]) / (len(ticks) - 1)
