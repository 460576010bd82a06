"""The benches of scale, capture and trainings, small: what they measure, and which ratios they form."""

import pytest

from fedser.updates.update import Round
from simulations.bench.capture import CaptureBench
from simulations.bench.cold import Cold
from simulations.bench.engines import REFERENCE
from simulations.bench.scale import ScaleBench, registered
from simulations.bench.side import Job, Side
from simulations.bench.trainings import TrainingsBench
from simulations.progress import Bars

SIZES = {"utterances": 6, "features": 5, "hidden": (8, 5), "batch_size": 4}


def test_scale_tells_each_point_beside_the_one_before(silent: Bars, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[tuple[int, int, int]] = []

    def cold(side: Side, job: Job, timeout: float) -> Cold:
        data = job.data.open()
        assert not data.partition.validation.rows.size and not data.partition.test.size
        jobs.append((len(data.clients), job.cohort, job.simulation.rounds))
        rounds = (7.0, *[1.0 * job.cohort] * (job.simulation.rounds - 1))
        return Cold(rounds, 2**21 * len(jobs), 2**20 * len(jobs), REFERENCE.run(job, lambda: None))

    monkeypatch.setattr("simulations.bench.scale.run_cold", cold)
    results = ScaleBench(**SIZES, registered=(5, 10, 300), updates=60).measure(silent)
    assert jobs == [(5, 1, 61), (10, 1, 61), (300, 30, 4)]
    values = {(s.case, s.quantity): s.value for s in results.samples}
    assert values["300 clients, 30 a round", "client update"] == 1.0
    assert values["10 clients, 1 a round", "peak memory"] == 2**22
    assert values["5 clients, 1 a round", "first round"] == 7.0
    assert [(r.above, r.below, r.quantity, r.median) for r in results.ratios] == [
        ("10 clients, 1 a round", "5 clients, 1 a round", "client update", 1.0),
        ("10 clients, 1 a round", "5 clients, 1 a round", "own memory", 2.0),
        ("300 clients, 30 a round", "10 clients, 1 a round", "client update", 1.0),
        ("300 clients, 30 a round", "10 clients, 1 a round", "own memory", 1.5),
    ]


def test_a_tenth_trains_or_a_thousand_or_of_a_million_a_hundred() -> None:
    numbers = (5, 10, 100, 10_000, 100_000, 1_000_000)
    assert [ScaleBench().a_round(number) for number in numbers] == [1, 1, 10, 1000, 1000, 100]
    assert registered("1,000,000 clients, 100 a round") == 1_000_000


def test_captures_are_written_and_read_whole_halved_and_reduced(silent: Bars, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Round] = []
    from simulations.bench.capture import UpdateStore

    honest = UpdateStore.read
    monkeypatch.setattr(UpdateStore, "read", lambda store: (read.append(seen) or seen for seen in honest(store)))
    bench = CaptureBench(**SIZES, clients=30, rounds=4, repetitions=2)
    results = bench.measure(silent)
    sides = ("float32", "float16", "reductions")
    assert {(s.side, s.case) for s in results.samples} == {(side, a) for side in sides for a in ("fedsgd", "fedavg")}
    assert len(results.samples) == 3 * 2 * 4 * 2
    assert all(s.value > 0 for s in results.samples)
    assert (
        sum(len(seen.updates) for seen in read) == 2 * 2 * 2 * 4 * 3
    )  # sides, algorithms, repetitions, rounds, clients
    assert [(r.above, r.below, r.case, r.quantity) for r in results.ratios] == [
        (above, "float32", case, quantity)
        for above in ("float16", "reductions")
        for case in ("fedsgd", "fedavg")
        for quantity in ("captures written", "captures read")
    ]


def test_half_precision_takes_less_of_the_disk_and_reductions_least(silent: Bars) -> None:
    results = CaptureBench(features=300, clients=20, rounds=2, repetitions=1).measure(silent)
    value = {(s.side, s.quantity): s.value for s in results.samples if s.case == "fedsgd"}
    size = {side: value[side, "bytes written"] / value[side, "captures written"] for side, _ in value}
    assert size["reductions"] < 0.1 * size["float16"] < 0.1 * size["float32"]


def test_trainings_a_minute_are_those_of_all_trainings(silent: Bars) -> None:
    bench = TrainingsBench(**SIZES, clients=10, rounds=2, numbers=(1, 2), workers=1)
    results = bench.measure(silent)
    values = {(s.side, s.case, s.quantity): s.value for s in results.samples}
    assert {(side, case) for side, case, _ in values} == {
        (side, case) for side in ("one at a time", "side by side") for case in ("1", "2")
    }
    for (side, case, quantity), value in values.items():
        if quantity == "training":
            assert values[side, case, "trainings a minute"] == pytest.approx(60 / value)
    for ratio in results.ratios:
        rates = [values[side, ratio.case, "trainings a minute"] for side in ("side by side", "one at a time")]
        assert ratio.median == pytest.approx(rates[0] / rates[1])
    assert [r.case for r in results.ratios] == ["1", "2"]
