"""All sides compute the same, and a side that does not is told apart: else the bench compares unlike things."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fedser.algorithms.fedavg import FedAvg
from fedser.algorithms.fedsgd import FedSGD
from fedser.algorithms.optimizer import SGD
from fedser.engine.data import TrainingData
from simulations.bench.agreement import Agreement, agreements
from simulations.bench.engines import REFERENCE as INLINE
from simulations.bench.engines import cohort_on, engine_side
from simulations.bench.floor import Floor
from simulations.bench.lean_client import train_lean
from simulations.bench.plain import LEAN, PLAIN
from simulations.bench.plain_client import Utterances, train
from simulations.bench.plain_network import initial, plain_network
from simulations.bench.plain_scores import by_counts, by_scikit_learn
from simulations.bench.setting import Setting, without_evaluation
from simulations.bench.side import Job, Outcome, Side, Tick

COHORT, FLOWER = engine_side("cohort"), engine_side("flower")
SIDES = (COHORT, FLOWER, PLAIN, LEAN, Floor())
ALGORITHMS = (
    FedSGD(batch_size=4),
    FedAvg(batch_size=4),
    FedAvg(batch_size=4, epochs=3),
    FedAvg(batch_size=4, optimizer=SGD(), learning_rate=0.1),
)
NAMES = ["fedsgd", "fedavg", "three epochs", "local SGD"]


def _silent() -> None:
    return None


@dataclass(frozen=True)
class Wrong:
    """The inline engine with one thing changed."""

    change: str
    name: str = "wrong"

    def run(self, job: Job, tick: Tick) -> Outcome:
        if self.change == "learning rate":
            algorithm = job.simulation.algorithm
            faster = algorithm.model_copy(update={"learning_rate": 1.05 * algorithm.learning_rate})
            return INLINE.run(Job(job.simulation.model_copy(update={"algorithm": faster}), job.data), tick)
        if self.change == "batches":
            return INLINE.run(Job(job.simulation.model_copy(update={"seed": 9}), job.data), tick)
        found = INLINE.run(job, tick)
        if self.change == "scores where nothing is held out":
            return replace(found, test_accuracy=(0.5,) * len(found.test_accuracy))
        if self.change == "evaluation":
            return replace(found, validation_accuracy=tuple(0.9 * score for score in found.validation_accuracy))
        return replace(found, train_loss=(math.nan, *found.train_loss[1:]))


def _all(setting: Setting, data: TrainingData, sides: Sequence[Side]) -> list[Agreement]:
    return [found for algorithm in setting.algorithms for found in agreements(setting, algorithm, data, sides)]


def test_all_sides_agree(tiny: Setting, tiny_data: TrainingData) -> None:
    found = _all(tiny, tiny_data, (INLINE, *SIDES))
    assert [(a.case, a.side) for a in found] == [
        (algorithm, side)
        for algorithm in ("fedsgd", "fedavg")
        for side in ("cohort", "flower", "plain", "lean", "floor")
    ]
    assert {a.reference for a in found} == {"inline"}
    assert all(a.holds for a in found), found
    assert max(a.loss for a in found) < 1e-5


def test_two_cores_agree(tiny: Setting, tiny_data: TrainingData) -> None:
    (found,) = agreements(tiny, tiny.fedavg, tiny_data, [cohort_on(2)])
    assert found.holds and found.side == "cohort-2", found


@pytest.mark.parametrize("change", ["learning rate", "batches", "evaluation", "not a number"])
def test_another_computation_is_told_apart(change: str, tiny: Setting, tiny_data: TrainingData) -> None:
    assert not any(a.holds for a in _all(tiny, tiny_data, (Wrong(change),)))


def test_scores_of_one_side_only_are_no_agreement(tiny: Setting, tiny_data: TrainingData) -> None:
    bare = without_evaluation(tiny_data)
    (right,) = agreements(tiny, tiny.fedavg, bare, [COHORT])
    (wrong,) = agreements(tiny, tiny.fedavg, bare, [Wrong("scores where nothing is held out")])
    assert right.holds and right.score == 0
    assert not wrong.holds and math.isnan(wrong.score)


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=NAMES)
def test_the_floor_draws_our_dropout(algorithm: FedSGD | FedAvg, tiny: Setting, tiny_data: TrainingData) -> None:
    job = Job(tiny.simulation(algorithm, 4, dropout=(0.4, 0.3)), tiny_data)
    ours, floor = INLINE.run(job, _silent), Floor().run(job, _silent)
    assert floor.train_loss == pytest.approx(ours.train_loss, rel=1e-4)
    for name, array in ours.model.items():
        np.testing.assert_allclose(floor.model[name], array, atol=1e-4)


@pytest.mark.parametrize("side", [PLAIN, LEAN], ids=["plain", "lean"])
@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=NAMES)
def test_the_plain_loop_selects_the_same_round(
    side: Side, algorithm: FedSGD | FedAvg, tiny: Setting, tiny_data: TrainingData
) -> None:
    job = Job(tiny.simulation(algorithm, 6, dropout=(0.0, 0.0)), tiny_data)
    assert side.run(job, _silent).best_score == pytest.approx(INLINE.run(job, _silent).best_score)


@pytest.mark.parametrize("side", (INLINE, *SIDES), ids=lambda side: side.name)
def test_a_side_ticks_once_a_round_and_can_do_without_evaluation(
    side: Side, tiny: Setting, tiny_data: TrainingData
) -> None:
    ticks: list[None] = []
    job = Job(tiny.simulation(tiny.algorithms[0], 3), without_evaluation(tiny_data))
    outcome = side.run(job, lambda: ticks.append(None))
    assert len(ticks) == len(outcome.train_loss) == 3
    assert all(math.isnan(score) for score in (*outcome.validation_accuracy, *outcome.test_accuracy))


def test_the_plain_loop_repeats_its_own_dropout(tiny: Setting, tiny_data: TrainingData) -> None:
    job = Job(tiny.simulation(tiny.algorithms[1], 2), tiny_data)
    first, second = (PLAIN.run(job, _silent) for _ in range(2))
    assert first.train_loss == second.train_loss
    assert first.train_loss != Floor().run(job, _silent).train_loss


def test_the_client_without_a_dataloader_computes_the_same(tiny: Setting, tiny_data: TrainingData) -> None:
    job, opened = Job(tiny.simulation(tiny.fedavg, 1, dropout=(0.0, 0.0)), tiny_data), tiny_data.open()
    rows, stream = opened.train_rows(opened.clients[3]), job.simulation.stream("client", opened.clients[3], 1)
    one, other = plain_network(job), plain_network(job)
    for network in (one, other):
        network.load_state_dict(initial(job))
    plain = train(one, Utterances(opened, rows), tiny.fedavg, stream)
    lean = train_lean(other, opened, rows, tiny.fedavg, stream)
    assert (lean.examples, lean.loss) == (plain.examples, pytest.approx(plain.loss, rel=1e-5))
    for name, value in plain.values.items():
        torch.testing.assert_close(lean.values[name], value)


def test_the_client_without_a_dataloader_takes_steps(tiny: Setting, tiny_data: TrainingData) -> None:
    job, opened = Job(tiny.simulation(tiny.fedsgd, 1), tiny_data), tiny_data.open()
    with pytest.raises(TypeError, match="fedsgd: its clients take no steps"):
        train_lean(plain_network(job), opened, opened.train_rows(opened.clients[0]), tiny.fedsgd, tiny.stream)


answers = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)


@given(answers)
def test_counts_give_the_scores_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    true, predicted = ([pair[side] for pair in pairs] for side in (0, 1))
    one, other = by_scikit_learn(true, predicted), by_counts(true, predicted)
    assert (one.accuracy, one.uar) == pytest.approx((other.accuracy, other.uar))
