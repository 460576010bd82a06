"""What linear attacks say of the inputs: their weights, and what some inputs alone give away."""

from typing import Any, get_args

import numpy as np
import pytest

from attacks import AttackConfig
from attacks.activations import Activations
from attacks.attack import silent
from attacks.inputs import InputWeights, inputs_of, scores_alone
from attacks.least_squares import LeastSquares
from attacks.linear import LinearAttack
from attacks.logistic import Logistic
from attacks.pull_back import PullBack
from attacks.recovery import Recovery
from attacks.reduced import FittedReduced
from attacks.reduced_matrix import reduced_matrix
from attacks.second_moments import SecondMoments
from fedser.metrics.recall import confusion, uar
from fedser.seeds import Stream

GROUPS = {"carries": np.arange(4), "others": np.arange(4, 24)}
WEIGHERS = (
    Logistic(folds=3),
    LeastSquares(folds=3),
    PullBack(folds=3),
    Recovery(folds=3),
    SecondMoments(folds=3),
    Activations(folds=3),
)


def fitted_on(attack: LinearAttack, world: Any, folder: Any) -> FittedReduced:
    fitted = attack.fit(world.shadow, Stream(11), folder)
    assert isinstance(fitted, FittedReduced)
    return fitted


def test_those_that_weigh_inputs_say_so() -> None:
    kinds = {kind for kind in get_args(get_args(AttackConfig)[0]) if getattr(kind, "weighs_inputs", False)}
    assert kinds == {type(attack) for attack in WEIGHERS}


@pytest.mark.parametrize("attack", WEIGHERS, ids=lambda attack: attack.name)
def test_contributions_are_the_sums_of_an_input_s_numbers(attack: LinearAttack, world: Any, tmp_path: Any) -> None:
    fitted = fitted_on(attack, world, tmp_path)
    found = InputWeights.of(fitted, world.private, silent)
    model, scaler = fitted.learned.model, fitted.learned.scaler
    x = reduced_matrix(world.private, fitted.reduction, silent).astype(np.float64)
    spread = ((x - scaler.mean_) / scaler.scale_).std(axis=0)
    assert inputs_of(fitted) == 24
    for place in (0, 23):
        own = range(place, x.shape[1], 24)
        weight = sum(abs(model.coef_[0, number]) for number in own)
        assert found.weight[place] == pytest.approx(weight, rel=1e-6)
        contribution = sum(abs(model.coef_[0, number]) * spread[number] for number in own)
        assert found.contribution[place] == pytest.approx(contribution, rel=1e-4)


def test_the_planted_inputs_weigh_most_and_tell_it_alone(make_world: Any, tmp_path: Any) -> None:
    world = make_world(strength=2.0, speakers=40, rounds=10)  # moves input 0 or input 1
    for attack in (Logistic(), LeastSquares()):
        fitted = fitted_on(attack, world, tmp_path / attack.name)
        assert set(np.argsort(InputWeights.of(fitted, world.private, silent).contribution)[-2:]) == {0, 1}
        scores = scores_alone(attack, fitted, world.shadow, world.private, GROUPS, Stream(11), silent)
        found = {name: uar(confusion(world.truth, one.argmax(axis=1), 2)) for name, one in scores.items()}
        assert found["carries"] > 0.9 and abs(found["others"] - 0.5) < 0.2


def test_all_inputs_alone_are_the_attack_itself(make_world: Any, tmp_path: Any) -> None:
    world = make_world(strength=3.0, values=3, speakers=18, rounds=3)
    attack = PullBack(folds=3)
    fitted = fitted_on(attack, world, tmp_path)
    (alone,) = scores_alone(
        attack, fitted, world.shadow, world.private, {"all": np.arange(24)}, Stream(11), silent
    ).values()
    np.testing.assert_allclose(alone, fitted.scores(world.private)["dense1"], atol=1e-6)
    assert alone.shape == (54, 3)
