"""All sides compute the same, and a side that does not is told apart: else the bench compares unlike things."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.algorithms.fedavg import FedAvg
from fedser.algorithms.fedsgd import FedSGD
from fedser.algorithms.optimizer import SGD
from fedser.engine.data import TrainingData
from fedser.engine.flower import Flower
from fedser.engine.inline import Inline
from fedser.errors import ConfigError
from simulations.bench.agreement import agreements
from simulations.bench.engines import EngineSide, engine_sides
from simulations.bench.floor import Floor
from simulations.bench.plain import LEAN, PLAIN
from simulations.bench.plain_scores import by_counts, by_scikit_learn
from simulations.bench.setting import Setting, without_evaluation
from simulations.bench.side import Job, Outcome, Side, Tick

INLINE = EngineSide("inline", Inline())
SIDES = (INLINE, PLAIN, LEAN, Floor())
ALGORITHMS = (FedSGD(batch_size=4), FedAvg(batch_size=4), FedAvg(batch_size=4, epochs=3))


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
        if self.change == "evaluation":
            return replace(found, validation_accuracy=tuple(0.9 * score for score in found.validation_accuracy))
        return replace(found, train_loss=(math.nan, *found.train_loss[1:]))


def test_all_sides_agree(tiny: Setting, tiny_data: TrainingData) -> None:
    found = list(agreements(tiny, tiny_data, SIDES))
    assert [(a.algorithm, a.side) for a in found] == [
        (algorithm, side) for algorithm in ("fedsgd", "fedavg") for side in ("plain", "lean", "floor")
    ]
    assert all(a.holds for a in found), found
    assert max(a.loss for a in found) < 1e-5


@pytest.mark.parametrize("change", ["learning rate", "batches", "evaluation", "not a number"])
def test_another_computation_is_told_apart(change: str, tiny: Setting, tiny_data: TrainingData) -> None:
    assert not any(a.holds for a in agreements(tiny, tiny_data, (INLINE, Wrong(change))))


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=["fedsgd", "fedavg", "three epochs"])
def test_the_floor_draws_our_dropout(algorithm: FedSGD | FedAvg, tiny: Setting, tiny_data: TrainingData) -> None:
    job = Job(tiny.simulation(algorithm, 4, dropout=(0.4, 0.3)), tiny_data)
    ours, floor = INLINE.run(job, _silent), Floor().run(job, _silent)
    assert floor.train_loss == pytest.approx(ours.train_loss, rel=1e-4)
    for name, array in ours.model.items():
        np.testing.assert_allclose(floor.model[name], array, atol=1e-4)


@pytest.mark.parametrize("side", [PLAIN, LEAN], ids=["plain", "lean"])
@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=["fedsgd", "fedavg", "three epochs"])
def test_the_plain_loop_selects_the_same_round(
    side: Side, algorithm: FedSGD | FedAvg, tiny: Setting, tiny_data: TrainingData
) -> None:
    job = Job(tiny.simulation(algorithm, 6, dropout=(0.0, 0.0)), tiny_data)
    assert side.run(job, _silent).best_score == pytest.approx(INLINE.run(job, _silent).best_score)


@pytest.mark.parametrize("side", SIDES, ids=lambda side: side.name)
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


def test_the_floor_refuses_an_optimiser_it_has_no_steps_for(tiny: Setting, tiny_data: TrainingData) -> None:
    job = Job(tiny.simulation(FedAvg(optimizer=SGD()), 1), tiny_data)
    with pytest.raises(ConfigError, match="the floor of FedAvg is measured with adam, not sgd"):
        Floor().run(job, _silent)


answers = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)


@given(answers)
def test_counts_give_the_scores_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    true, predicted = ([pair[side] for pair in pairs] for side in (0, 1))
    one, other = by_scikit_learn(true, predicted), by_counts(true, predicted)
    assert (one.accuracy, one.uar) == pytest.approx((other.accuracy, other.uar))


def test_engines_are_chosen_by_name() -> None:
    assert [side.name for side in engine_sides(["flower", "inline"])] == ["flower", "inline"]
    assert [side.engine for side in engine_sides(["flower", "inline"])] == [Flower(grid="in_process"), Inline()]
    with pytest.raises(ConfigError) as refused:
        engine_sides(["inline", "inlin", "inline"])
    assert str(refused.value).splitlines() == [
        "--engines: 'inline' is given more than once",
        "--engines: unknown 'inlin' (choose from inline, flower)",
    ]
