"""How seconds become means and ratios: by a clock and sides made for it. Nothing here depends on speed."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from fedser.engine.data import TrainingData
from simulations.bench.clock import seconds_per_round
from simulations.bench.measure import Measured, Trial, in_turns
from simulations.bench.ratios import Ratio, across, ratio
from simulations.bench.sample import Sample
from simulations.bench.setting import Setting
from simulations.bench.side import Job, Outcome, Tick


@dataclass(frozen=True)
class Idle:
    """Ticks through its rounds."""

    name: str

    def run(self, job: Job, tick: Tick) -> Outcome:
        for _ in range(job.simulation.rounds):
            tick()
        return Outcome((), (), (), None, {})


def test_the_first_round_is_not_timed(tiny: Setting, tiny_data: TrainingData) -> None:
    readings: Iterator[float] = iter((100.0, 102.0, 105.0, 106.0))
    job = Job(tiny.simulation(tiny.fedsgd, 4), tiny_data)
    assert seconds_per_round(Idle("idle"), job, lambda: next(readings)) == 2.0


def test_trials_take_turns_and_every_other_repetition_runs_backwards() -> None:
    runs: list[str] = []
    told: list[tuple[int, int]] = []

    def trial(side: str, case: str) -> Trial:
        def measure() -> Measured:
            runs.append(f"{side} {case}")
            return {"round": [float(len(runs))]}

        return Trial(side, case, measure)

    groups = [[trial(side, case) for side in ("one", "two")] for case in ("a", "b")]
    samples = in_turns(groups, 2, lambda done, total: told.append((done, total)))
    assert runs == ["one a", "two a", "one b", "two b", "two a", "one a", "two b", "one b"]
    assert told == [(number, 8) for number in range(1, 9)]
    assert [(s.side, s.case, s.repetition, s.value) for s in samples[3:6]] == [
        ("two", "b", 0, 4.0),
        ("two", "a", 1, 5.0),
        ("one", "a", 1, 6.0),
    ]


def test_a_run_may_be_good_for_several_values() -> None:
    trial = Trial("one", "a", lambda: {"client update": [1.0, 2.0], "first round": [9.0]})
    samples = in_turns([[trial]], 2, lambda *_: None)
    assert [(s.quantity, s.repetition, s.value) for s in samples] == [
        ("client update", 0, 1.0),
        ("client update", 1, 2.0),
        ("first round", 0, 9.0),
        ("client update", 2, 1.0),
        ("client update", 3, 2.0),
        ("first round", 1, 9.0),
    ]


@pytest.fixture
def samples() -> list[Sample]:
    """Two sides on two cases, one of which only one has run, in two quantities."""
    times = {"slow": (4.0, 30.0, 9.0), "fast": (2.0, 3.0, 3.0)}
    each = [Sample(s, "a", "round", n, value) for s, series in times.items() for n, value in enumerate(series)]
    more = [Sample("slow", "a", "first round", 0, 8.0), Sample("fast", "a", "first round", 0, 2.0)]
    return [*each, *more, Sample("slow", "b", "round", 0, 1.0), Sample("fast", "c", "round", 0, 1.0)]


def test_ratios_pair_the_repetitions_of_the_cases_that_both_have(samples: list[Sample]) -> None:
    both = [Ratio("slow", "fast", "a", "round", median=3.0, low=2.0, high=10.0)]
    assert ratio(samples, "slow", "fast") == [*both, Ratio("slow", "fast", "a", "first round", 4.0, 4.0, 4.0)]
    assert ratio(samples, "slow", "fast", "round") == both
    assert ratio(samples, "slow", "nobody") == []


def test_ratios_between_cases_of_one_side(samples: list[Sample]) -> None:
    found = across([s for s in samples if s.repetition == 0], "a", "b")
    assert found == [Ratio("a", "b", "slow", "round", 4.0, 4.0, 4.0)]
