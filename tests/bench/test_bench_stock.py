"""Stock Flower beside ours: what is refused, what is measured, and (marked ``ray``) that Flower computes the same."""

from pathlib import Path

import pytest

from fedser.engine.data import TrainingData
from fedser.errors import ClientError, ConfigError
from simulations.bench.agreement import agreements
from simulations.bench.cold import Cold, run_cold
from simulations.bench.engines import REFERENCE
from simulations.bench.results import Results
from simulations.bench.setting import write_data
from simulations.bench.side import Job, Outcome, Side
from simulations.bench.stock import StockBench
from simulations.bench.stock_side import StockFlower
from simulations.progress import Bars

BENCH = StockBench(checked=3, clients=(2, 4), updates=6, utterances=6, features=5, hidden=(8, 5), batch_size=4)
SMALL = BENCH.of(3, 3)
SECONDS = {"stock": 8.0, "stock-lean": 4.0, "flower on ray": 0.5, "cohort": 0.25}


@pytest.fixture
def bare(tmp_path: Path) -> TrainingData:
    """Three clients with nothing held out."""
    return write_data(SMALL, tmp_path, held_out=False)


@pytest.fixture
def all_sides_are_inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every side runs the inline engine here, and says that it took its own time."""

    def cold(side: Side, job: Job, timeout: float) -> Cold:
        rounds = job.simulation.rounds
        outcome = REFERENCE.run(job, lambda: None)
        return Cold((9.0, *[SECONDS[side.name]] * (rounds - 1)), 2**20, 2**20, outcome)

    monkeypatch.setattr("simulations.bench.stock.run_cold", cold)


@pytest.fixture
def results(all_sides_are_inline: None, silent: Bars) -> Results:
    """What the bench makes of them."""
    return BENCH.measure(silent)


def test_a_client_update_is_a_later_round_divided_by_its_clients(results: Results) -> None:
    values = {(s.side, s.case, s.quantity, s.repetition): s.value for s in results.samples}
    assert len(values) == 4 * (3 + 1) + 4 * (2 + 1)  # three rounds of two clients, two of four, and each first round
    assert values["stock", "2 a round", "client update", 2] == 4.0
    assert values["cohort", "4 a round", "client update", 0] == 0.0625
    assert values["stock", "4 a round", "first round", 0] == 9.0


def test_ratios_are_stock_over_each_of_ours(results: Results) -> None:
    found = {(r.above, r.below, r.case, r.quantity): r.median for r in results.ratios}
    assert len(found) == 2 * 2 * 2 * 2
    assert found["stock", "cohort", "2 a round", "client update"] == 32
    assert found["stock-lean", "flower on ray", "4 a round", "client update"] == 8
    assert found["stock", "flower on ray", "4 a round", "first round"] == 1


def test_every_side_is_held_against_inline(results: Results) -> None:
    assert [(a.side, a.reference) for a in results.agreements] == [(side, "inline") for side in SECONDS]
    assert results.agree


def test_a_side_that_computes_something_else_is_told_apart(
    all_sides_are_inline: None, silent: Bars, monkeypatch: pytest.MonkeyPatch
) -> None:
    import simulations.bench.stock as stock

    honest = stock.run_cold

    def cold(side: Side, job: Job, timeout: float) -> Cold:
        other = job.simulation.model_copy(update={"seed": 7}) if side.name == "stock-lean" else job.simulation
        return honest(side, Job(other, job.data), timeout)

    monkeypatch.setattr(stock, "run_cold", cold)
    found = BENCH.measure(silent)
    assert [a.side for a in found.agreements if not a.holds] == ["stock-lean"]
    assert not found.agree


def test_what_flower_is_not_compared_on_is_refused(tmp_path: Path, bare: TrainingData) -> None:
    side, simulation = StockFlower("stock", False, 1), SMALL.simulation(SMALL.fedavg, 1)
    few = SMALL.model_copy(update={"fraction": 0.5})
    for job in (
        Job(SMALL.simulation(SMALL.fedsgd, 1), bare),
        Job(few.simulation(few.fedavg, 1), bare),
    ):
        with pytest.raises(ConfigError) as refused:
            side.run(job, lambda: None)
        assert str(refused.value) == "stock: Flower's FedAvg is compared on rounds in which every client trains"
    (tmp_path / "held").mkdir()
    with pytest.raises(ConfigError) as refused:
        side.run(Job(simulation, write_data(SMALL, tmp_path / "held")), lambda: None)
    assert str(refused.value) == "stock: it evaluates nothing: give data of which nothing is held out"


@pytest.mark.ray
def test_stock_flower_computes_the_same(bare: TrainingData) -> None:
    def run(side: Side, job: Job) -> Outcome:
        cold = run_cold(side, job, timeout=240)
        assert len(cold.rounds) == job.simulation.rounds and cold.rounds[0] > cold.rounds[-1] > 0
        return cold.outcome

    (found,) = agreements(SMALL, SMALL.fedavg, bare, [StockFlower("stock", False, 1)], run)
    assert found.holds, found


def test_a_client_that_is_lost_is_an_error(bare: TrainingData, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flower itself would average what is left."""
    monkeypatch.setattr("simulations.bench.stock_flower.serve", lambda *_: (None, [3, 2]))
    with pytest.raises(ClientError, match=r"^stock: replies by round \[3, 2\], expected 2 rounds of 3$"):
        StockFlower("stock", False, 1).run(Job(SMALL.simulation(SMALL.fedavg, 2), bare), lambda: None)
