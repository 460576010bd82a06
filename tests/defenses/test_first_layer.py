"""Whose the first layer is, and what it is where it is a public random projection."""

import numpy as np
import pytest
from pydantic import ValidationError

from fedser.defenses import FreezeFirst, PrivateFirst, RandomFirst
from fedser.defenses.roles import Roles

NAMES = ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"]
PROJECTIONS = ["gaussian", "orthonormal", "rademacher"]


def test_a_layer_is_frozen_from_its_round_on():
    assert [bool(FreezeFirst(from_round=3).on_parameters(NAMES, number)) for number in (1, 2, 3, 9)] == [0, 0, 1, 1]
    assert FreezeFirst().on_parameters(NAMES, 1) == {"dense1.weight": "frozen", "dense1.bias": "frozen"}
    assert PrivateFirst().on_parameters(NAMES, 1) == {"dense1.weight": "own", "dense1.bias": "own"}


def test_roles_of_several_defenses_add_up_and_what_is_frozen_stays_so():
    roles = Roles.of([{"a": "own", "b": "own"}, {}, {"b": "frozen"}])
    assert roles == Roles(frozen=frozenset("b"), own=frozenset("a")) and roles.shared("abc") == ["c"]


@pytest.mark.parametrize("projection", PROJECTIONS)
@pytest.mark.parametrize("inputs", [100, 400])
def test_activations_are_in_the_mean_square_what_the_inputs_are(projection, inputs):
    weights = RandomFirst(projection=projection).weights(250, inputs)
    assert weights.shape == (250, inputs) and weights.dtype == np.float32
    assert (weights**2).sum() == pytest.approx(2 * 250, rel=0.02)
    x = np.random.default_rng(1).normal(size=(400, inputs))
    assert (np.maximum(x @ weights.T, 0) ** 2).mean() == pytest.approx(1.0, rel=0.05)


def test_rows_are_orthogonal_or_columns_where_these_are_fewer():
    wide, tall = (RandomFirst(projection="orthonormal").weights(*shape) for shape in ((20, 50), (50, 20)))
    assert np.allclose(wide @ wide.T, 2 * np.eye(20), atol=1e-5)
    assert np.allclose(tall.T @ tall, 5 * np.eye(20), atol=1e-5)


def test_entries_of_two_values():
    weights = RandomFirst(projection="rademacher").weights(64, 50)
    assert np.allclose(np.abs(weights), 0.2) and abs((weights > 0).mean() - 0.5) < 0.03


@pytest.mark.parametrize("projection", PROJECTIONS)
def test_a_projection_depends_on_its_seed_alone_and_has_no_bias(projection):
    model = {"dense1.weight": np.ones((3, 4), np.float32), "dense1.bias": np.ones(3, np.float32)}
    model["dense2.weight"] = np.ones((2, 3), np.float32)
    one, same, other = (RandomFirst(projection=projection, seed=seed).on_start(model) for seed in (1, 1, 2))
    assert one["dense1.weight"].tobytes() == same["dense1.weight"].tobytes() != other["dense1.weight"].tobytes()
    assert not one["dense1.bias"].any() and (one["dense2.weight"] == 1).all() and (model["dense1.bias"] == 1).all()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: FreezeFirst(from_round=0), "greater than or equal to 1"),
        (lambda: RandomFirst(projection="hadamard"), "'gaussian', 'orthonormal' or 'rademacher'"),
        (lambda: RandomFirst(seed=-1), "greater than or equal to 0"),
    ],
)
def test_senseless_settings_are_refused(make, text):
    with pytest.raises(ValidationError) as caught:
        make()
    assert text in str(caught.value)
