"""How seconds become a mean per round and ratios: by a clock and sides made for it. Nothing here depends on speed."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from fedser.engine.data import TrainingData
from simulations.bench.measure import Sample, measure, seconds_per_round
from simulations.bench.ratios import Ratio, ratio
from simulations.bench.setting import Setting
from simulations.bench.side import Job, Outcome, Tick


@dataclass(frozen=True)
class Idle:
    """Ticks through its rounds, and notes that it was run."""

    name: str
    runs: list[str] = field(default_factory=list)

    def run(self, job: Job, tick: Tick) -> Outcome:
        self.runs.append(self.name)
        for _ in range(job.simulation.rounds):
            tick()
        return Outcome((), (), (), None, {})


def test_the_first_round_is_not_timed(tiny: Setting, tiny_data: TrainingData) -> None:
    readings: Iterator[float] = iter((100.0, 102.0, 105.0, 106.0))
    job = Job(tiny.simulation(tiny.algorithms[0], 4), tiny_data)
    assert seconds_per_round(Idle("idle"), job, lambda: next(readings)) == 2.0


@pytest.mark.parametrize("clock", ["wall", "cpu"])
def test_sides_take_turns_and_every_other_repetition_runs_backwards(
    clock: str, tiny: Setting, tiny_data: TrainingData
) -> None:
    runs: list[str] = []
    told: list[tuple[int, int]] = []
    setting = tiny.model_copy(update={"clock": clock, "repetitions": 2})
    sides = [Idle("one", runs), Idle("two", runs)]
    samples = measure(setting, tiny_data, sides, lambda done, total: told.append((done, total)))
    assert runs == ["one", "two"] * 4 + ["two", "one"] * 4
    assert told == [(number, 16) for number in range(1, 17)]
    assert [(s.algorithm, s.unit) for s in samples[:8:2]] == [
        ("fedsgd", "round"),
        ("fedsgd", "client update"),
        ("fedavg", "round"),
        ("fedavg", "client update"),
    ]


def test_ratios_pair_the_repetitions() -> None:
    times = {"slow": (4.0, 30.0, 9.0), "fast": (2.0, 3.0, 3.0)}
    samples = [
        Sample(side, "fedsgd", "round", number, seconds)
        for side, series in times.items()
        for number, seconds in enumerate(series)
    ]
    assert ratio(samples, "slow", "fast") == [Ratio("slow", "fast", "fedsgd", "round", median=3.0, low=2.0, high=10.0)]
