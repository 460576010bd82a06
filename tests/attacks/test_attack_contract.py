"""What every attack promises, over the whole union."""

import hashlib
import random
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from attacks import AttackConfig
from attacks.activations import Activations
from attacks.aggregate import Aggregate
from attacks.bias import Bias
from attacks.centroid import Centroid
from attacks.cnn.attack import Cnn
from attacks.cnn.settings import Convolution
from attacks.forest import Forest
from attacks.fusion import Fusion
from attacks.least_squares import LeastSquares
from attacks.logistic import Logistic
from attacks.majority import Majority
from attacks.moments import Moments
from attacks.pca import Pca
from attacks.permuted import Permuted
from attacks.pull_back import PullBack
from attacks.recovery import Recovery
from attacks.second_moments import SecondMoments
from attacks.set_model import SetModel
from attacks.update_set import UpdateSet
from fedser.errors import ConfigError, InputError
from fedser.seeds import Stream
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from fedser.updates.update import layers_of

SMALL = Cnn(
    convolutions=(Convolution(filters=2), Convolution(filters=3, batch_norm=True)),
    hidden=(8,),
    epochs=2,
    max_updates=60,
    threads=1,
)
FUSION = Fusion(attacks=(Logistic(folds=2), Moments(folds=2), SMALL), folds=2, penalty=(1.0,), knots=2)
ATTACKS = [
    SMALL,
    Logistic(folds=3),
    LeastSquares(folds=3),
    SecondMoments(folds=3),
    PullBack(folds=3),
    Recovery(folds=3),
    Activations(folds=3),
    Moments(folds=3),
    Bias(folds=3),
    Pca(folds=3, size=32),
    Forest(trees=10),
    Centroid(),
    Aggregate(attack=Logistic(folds=3)),
    SetModel(attack=Logistic(folds=3), sizes=(2,), draws=2),
    FUSION,
    Majority(),
    Permuted(permutations=3),
    Permuted(attack=SMALL, permutations=2),
]
KEYS = {
    "cnn": {"dense1", "dense2", "dense3", "fused"},
    "logistic": {"dense1"},
    "least_squares": {"dense1"},
    "second_moments": {"dense1"},
    "pull_back": {"dense1"},
    "recovery": {"dense1"},
    "activations": {"dense2"},
    "moments": {"all"},
    "bias": {"all"},
    "pca": {"dense1"},
    "forest": {"dense1"},
    "centroid": {"all"},
    "aggregate": {"dense1"},
    "fusion": {"fused"},
    "set": {"dense1"},
    "majority": {"all"},
}
WHOLE_TRAINING = {"aggregate", "set"}  # answer for all updates of a client that they are shown
WHOLE = {"aggregate", "cnn", "fusion"}  # read whole updates: no reduction is enough


def learner(attack):
    """The name of the attack, or of the one that ``permuted`` wraps."""
    return attack.attack.name if isinstance(attack, Permuted) else attack.name


def same_speaker(target):
    """Two groups of updates, of three and of one, of the first client of ``target``, and one of another client."""
    clients = [row.client for row in target.rows]
    own = [place for place, client in enumerate(clients) if client == clients[0]]
    return [own[:3], own[3:4], [clients.index(clients[-1])]]


each = pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: f"{a.name}-{learner(a)}")


def fit(attack, shadow, folder, seed=3):
    return attack.fit(shadow, Stream(seed), folder)


def test_the_battery_covers_the_union():
    assert set(get_args(get_args(AttackConfig)[0])) == {type(attack) for attack in ATTACKS}


@each
def test_it_is_one_entry_of_the_configuration(attack):
    adapter = TypeAdapter(AttackConfig)
    assert adapter.validate_json(adapter.dump_json(attack)) == attack
    assert attack.summary() and attack.source


@each
def test_scores_are_a_distribution_for_every_update(attack, world, tmp_path):
    scores = fit(attack, world.shadow, tmp_path).scores(world.private)
    assert set(scores) == KEYS[learner(attack)]
    for layer in scores.values():
        assert layer.shape == (len(world.private), 2) and layer.dtype == np.float64
        assert (layer >= 0).all()
        np.testing.assert_allclose(layer.sum(axis=1), 1.0, rtol=1e-12)


@each
def test_the_same_seed_gives_the_same_scores(attack, world, tmp_path):
    first, second = (fit(attack, world.shadow, tmp_path / name).scores(world.private) for name in "ab")
    assert all((first[layer] == second[layer]).all() for layer in first)


@each
def test_what_it_reduces_updates_to_is_of_the_layers_it_needs(attack, world):
    parameters = world.shadow.updates.public.parameters
    reductions = attack.reductions(parameters)
    assert (reductions is None) == (learner(attack) in WHOLE)
    if reductions is not None:
        read = [name for reduction in reductions for name in reduction.reads]
        assert set(layers_of(dict.fromkeys(read))) == set(attack.needs(parameters))
        attack.check_reduced(parameters, reductions)


@each
def test_scores_keep_the_order_of_the_target(attack, world, tmp_path):
    fitted = fit(attack, world.shadow, tmp_path)
    order = np.random.default_rng(0).permutation(len(world.private))
    straight, shuffled = fitted.scores(world.private), fitted.scores(world.private.subset(order))
    for layer in straight:
        np.testing.assert_allclose(shuffled[layer], straight[layer][order], rtol=1e-5, atol=1e-7)


@each
def test_groups_of_updates_are_answered_and_one_update_as_it_is(attack, world, tmp_path):
    fitted, groups = fit(attack, world.shadow, tmp_path), same_speaker(world.private)
    answers, single = (fitted.group_scores(world.private, groups), fitted.scores(world.private))
    assert answers.keys() == single.keys() and fitted.pooling in ("updates", "set")
    for layer, scores in answers.items():
        assert scores.shape == (3, 2) and (scores >= 0).all()
        np.testing.assert_allclose(scores.sum(axis=1), 1.0, rtol=1e-12)
        if learner(attack) not in WHOLE_TRAINING:
            np.testing.assert_allclose(scores[1:], single[layer][[groups[1][0], groups[2][0]]], rtol=1e-5, atol=1e-7)


@each
def test_weights_of_updates_are_told_by_round_alone(attack, world, tmp_path):
    fitted = fit(attack, world.shadow, tmp_path)
    weights = fitted.weights(world.private)
    assert weights.keys() == (set() if learner(attack) in {"majority", *WHOLE_TRAINING} else KEYS[learner(attack)])
    rounds = world.private.rounds
    for found in weights.values():
        assert found.shape == (len(world.private),) and (found >= 0).all()
        if not isinstance(attack, Permuted):  # it asks another attack about each client
            assert all(len(set(found[rounds == number])) == 1 for number in set(rounds))


@each
def test_three_values_are_scored(attack, make_world, tmp_path):
    three = make_world(values=3, rounds=2)
    for layer in fit(attack, three.shadow, tmp_path).scores(three.private).values():
        assert layer.shape == (len(three.private), 3)


@each
def test_stores_are_left_as_they_are(attack, world, tmp_path):
    before = hashes(world.shadow.updates, world.private)
    fit(attack, world.shadow, tmp_path).scores(world.private)
    assert hashes(world.shadow.updates, world.private) == before


@each
def test_no_global_generator_is_touched(attack, world, tmp_path):
    before = random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state(), torch.get_num_threads()
    fit(attack, world.shadow, tmp_path).scores(world.private)
    after = random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state(), torch.get_num_threads()
    assert before[:2] == after[:2] and before[3] == after[3] and torch.equal(before[2], after[2])


@each
def test_progress_ends_at_its_total(attack, world, tmp_path):
    seen = []
    attack.fit(world.shadow, Stream(3), tmp_path, lambda *step: seen.append(step)).scores(
        world.private, lambda *step: seen.append(step)
    )
    assert all(0 < done <= total for _, done, total in seen)
    assert not seen or seen[-1][1] == seen[-1][2]


@each
def test_the_target_must_be_of_the_same_architecture(attack, world, public, tmp_path):
    other = {"dense1.weight": np.zeros((3, 24), np.float32), "dense1.bias": np.zeros(3, np.float32)}
    StoreWriter(tmp_path / "other", public("private-0", other), Capture()).begin()
    target = UpdateSet({"private-0": UpdateStore(tmp_path / "other")}, world.private.rows)
    with pytest.raises(
        InputError, match=r"training private-0: parameters dense1\.weight \[3, 24\], dense1\.bias \[3\]"
    ):
        fit(attack, world.shadow, tmp_path).scores(target)


@each
def test_an_empty_target_is_refused(attack, world, tmp_path):
    with pytest.raises(InputError, match=r"^training private-0: no captured update to attack$"):
        fit(attack, world.shadow, tmp_path).scores(world.private.subset([]))


@pytest.mark.parametrize(
    ("attack", "captured", "message"),
    [
        (
            SMALL,
            ("dense1",),
            "attack cnn: reads dense1, dense2, dense3, but capture.layers leaves out dense2, dense3 (captured: dense1)",
        ),
        (
            Logistic(),
            ("dense2", "dense3"),
            "attack logistic: reads dense1, but capture.layers leaves out dense1 (captured: dense2, dense3)",
        ),
        (Permuted(), (), "attack permuted: reads dense1, but capture.layers leaves out dense1 (captured: none)"),
        (Cnn(layers=("dense9",)), "all", "attack cnn: layers: unknown dense9 (choose from dense1, dense2, dense3)"),
    ],
)
def test_layers_that_are_not_captured_are_refused_before_training(attack, captured, message, world):
    with pytest.raises(ConfigError) as refusal:
        attack.check(world.shadow.updates.public.parameters, captured)
    assert str(refusal.value) == message


def test_what_is_captured_is_enough(world):
    parameters = world.shadow.updates.public.parameters
    for attack in ATTACKS:
        attack.check(parameters, "all")
    Cnn(layers=("dense1",)).check(parameters, ("dense1",))
    Majority().check(parameters, ())


def test_fit_refuses_stores_without_the_layer(world, public, tmp_path):
    rows = world.private.rows
    store = UpdateStore(next(iter(world.private.stores.values())).folder)
    writer = StoreWriter(tmp_path / "part", store.public, Capture(layers=("dense3",))).begin()
    for seen in store.read():
        writer(seen)
    part = UpdateSet.of([UpdateStore(tmp_path / "part")])
    shadow = type(world.shadow)(part, tuple(world.truth.tolist()), tuple(r.client for r in rows), ("a", "b"))
    with pytest.raises(ConfigError, match=r"attack logistic: reads dense1, but capture.layers leaves out dense1"):
        fit(Logistic(), shadow, tmp_path)


def hashes(*updates: UpdateSet) -> dict[Path, str]:
    files = [path for one in updates for store in one.stores.values() for path in sorted(store.folder.iterdir())]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def withheld(make_world):
    return make_world(strength=3.0, withheld=True)


@each
def test_of_a_first_layer_that_is_not_sent_nothing_is_told(attack, withheld, tmp_path):
    """Every attack runs, and what reads that layer alone says the same of all."""
    scores = fit(attack, withheld.shadow, tmp_path).scores(withheld.private)
    for key, layer in scores.items():
        assert np.isfinite(layer).all() and np.allclose(layer.sum(axis=1), 1)
        if key == "dense1" and not isinstance(attack, Permuted):  # whose answers differ by the order that was dealt
            assert np.ptp(layer, axis=0).max() < 1e-6
