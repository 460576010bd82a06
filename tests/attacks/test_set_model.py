"""Sets of updates: how they are pooled and drawn, and that their order says nothing and their number something."""

import numpy as np
import pytest

from attacks.aggregate import rounds_of_clients
from attacks.attack import silent
from attacks.logistic import Logistic
from attacks.set_model import SetModel, pooled
from fedser.metrics.recall import confusion, uar
from fedser.seeds import Stream

QUICK = Logistic(folds=3, regularisation=(1e-3,))


def test_a_set_is_its_means_and_deviations():
    x = np.array([[1, 2], [3, 6], [9, 9]], dtype=np.float32)
    np.testing.assert_allclose(pooled(x, [[0, 1], [2]]), [[2, 4, 1, 2], [9, 9, 0, 0]])


def test_shadow_sets_are_of_one_client_of_one_training_and_of_every_size(world):
    updates = world.shadow.updates
    groups = SetModel(sizes=(1, 3, 99), draws=2)._drawn(updates, Stream(1))
    rows = [{(updates.rows[place].training, updates.rows[place].client) for place in group} for group in groups]
    assert all(len(whose) == 1 for whose in rows)
    assert sorted(map(len, groups)) == sorted([1, 1, 3, 3, 5] * 40) and all(len({*g}) == len(g) for g in groups)


@pytest.mark.parametrize("strength", [0.7, 0.0])
def test_more_updates_tell_more_and_nothing_where_there_is_nothing(make_world, tmp_path, strength):
    world = make_world(strength=strength, speakers=60, rounds=8)
    fitted = SetModel(attack=QUICK, sizes=(1, 4)).fit(world.shadow, Stream(1), tmp_path)
    clients = list(rounds_of_clients(world.private.rows).values())
    truth = world.truth[[own[0] for own in clients]]

    def reached(number):
        answers = fitted.group_scores(world.private, [own[:number] for own in clients], silent)["dense1"]
        return uar(confusion(truth, answers.argmax(axis=1), 2))

    if strength:
        assert reached(8) > 0.75 and reached(8) >= reached(1)
    else:
        assert abs(reached(8) - 0.5) < 0.2


def test_the_order_of_a_set_says_nothing(world, tmp_path):
    fitted = SetModel(attack=QUICK, sizes=(2,)).fit(world.shadow, Stream(1), tmp_path)
    own = next(iter(rounds_of_clients(world.private.rows).values()))
    one, other = fitted.group_scores(world.private, [own, own[::-1]], silent)["dense1"]
    np.testing.assert_allclose(one, other, rtol=1e-6)
