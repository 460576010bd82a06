"""An attack that says what it makes of updates scores the same, bit for bit, where only that was captured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attacks.aggregate import Aggregate
from attacks.bias import Bias
from attacks.centroid import Centroid
from attacks.cnn.attack import Cnn
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
from fedser.errors import CaptureError, ConfigError
from fedser.seeds import Stream
from fedser.updates.reductions import MeanInput
from fedser.updates.reductions import mean_input as reduction
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from fedser.updates.update import Round

ATTACKS = [
    Logistic(folds=3),
    LeastSquares(folds=3),
    SecondMoments(folds=3),
    PullBack(folds=3),
    Recovery(folds=3),
    Moments(folds=3),
    Bias(folds=3),
    Pca(folds=3, size=16),
    Forest(trees=10),
    Centroid(),
    SetModel(attack=Logistic(folds=3), sizes=(2,)),
    Fusion(attacks=(Logistic(folds=3), Moments(folds=3)), folds=2, penalty=(1.0,)),
    Permuted(permutations=4),
    Majority(),
]
FIRST = (MeanInput(layer="dense1"),)
REDUCED = Capture(store="reductions")
FEDAVG = {"name": "fedavg", "batch_size": 8, "epochs": 1, "learning_rate": 0.1}


def trained(seen: Round) -> Round:
    """The round in which clients send models, one step of 0.1 away from the broadcast, and not gradients."""
    updates = (
        replace(u, arrays={k: seen.broadcast[k] - np.float32(0.1) * v for k, v in u.arrays.items()})
        for u in seen.updates
    )
    return replace(seen, updates=tuple(updates))


def captured(updates: UpdateSet, folder: Path, sends: str, capture: Capture, reductions=()) -> UpdateSet:
    """The same updates, or models that took such steps, in stores of their own."""
    stores = []
    for training, store in updates.stores.items():
        more = {"sends": sends} | ({"algorithm": FEDAVG} if sends == "parameters" else {})
        public = store.public.model_copy(update=more)
        writer = StoreWriter(folder / training, public, capture, reductions).begin()
        for seen in store.read():
            writer(trained(seen) if sends == "parameters" else seen)
        stores.append(UpdateStore(folder / training))
    return UpdateSet.of(stores)


@pytest.fixture(scope="module", params=["gradient", "parameters"])
def stores(request, world, tmp_path_factory):
    """(shadow, private) with whole updates captured, with what the attacks make of them, and with mean inputs only."""
    parameters = world.private.public.parameters
    declared = dict.fromkeys(one for attack in ATTACKS for one in attack.reductions(parameters))
    made = {}
    for name, capture, reductions in (
        ("updates", Capture(), ()),
        ("all", REDUCED, declared),
        ("first", REDUCED, FIRST),
    ):
        folder = tmp_path_factory.mktemp(name)
        chosen = folder, request.param, capture, tuple(reductions)
        made[name] = (
            replace(world.shadow, updates=captured(world.shadow.updates, *chosen)),
            captured(world.private, *chosen),
        )
    return made


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: a.name)
def test_scores_are_those_of_the_whole_updates(attack, stores, tmp_path):
    found = {}
    for name in ("updates", "all"):
        shadow, private = stores[name]
        found[name] = attack.fit(shadow, Stream(3), tmp_path / name).scores(private)
    assert found["updates"].keys() == found["all"].keys()
    for layer, scores in found["updates"].items():
        assert (scores == found["all"][layer]).all() and len(scores) == len(stores["updates"][1])


def test_reductions_are_small_and_all_there_is(stores):
    private = stores["first"][1]
    (store,), (whole,) = private.stores.values(), stores["updates"][1].stores.values()
    assert store.reductions == FIRST and private.layers == ()
    assert sum(map(size, store.folder.iterdir())) < sum(map(size, whole.folder.iterdir())) / 5
    with pytest.raises(CaptureError, match=r"layer dense1 of client-0000 in round 1 was not captured$"):
        private.gradient(0, "dense1")


@pytest.mark.parametrize("attack", [Cnn(), Aggregate()], ids=lambda a: a.name)
def test_what_needs_whole_updates_is_refused(attack, stores, tmp_path):
    with pytest.raises(ConfigError) as refusal:
        attack.fit(stores["first"][0], Stream(3), tmp_path)
    assert str(refusal.value) == (
        f"attack {attack.name}: reads whole updates, but capture.store: reductions keeps only mean_input.dense1;"
        " store updates, or leave it out"
    )


def test_other_reductions_do_not_do(world):
    parameters, second = world.private.public.parameters, MeanInput(layer="dense2")
    for attack in (Logistic(), Permuted()):
        attack.check_reduced(parameters, (second, *FIRST))
        with pytest.raises(ConfigError) as refusal:
            attack.check_reduced(parameters, (second,))
        assert str(refusal.value) == (
            f"attack {attack.name}: reads mean_input.dense1, but capture.store: reductions keeps only"
            " mean_input.dense2; store updates, or leave it out"
        )
    Majority().check_reduced(parameters, (second,))
    with pytest.raises(ConfigError, match=r"^attack permuted: reads whole updates"):
        Permuted(attack=Cnn()).check_reduced(parameters, FIRST)


def test_each_update_is_reduced_once_for_all_attacks(world, tmp_path, monkeypatch):
    reduced, compute = [], reduction.mean_input

    def counted(weight, bias):
        reduced.append(1)
        return compute(weight, bias)

    monkeypatch.setattr(reduction, "mean_input", counted)
    updates = UpdateSet.of(UpdateStore(store.folder) for store in world.shadow.updates.stores.values())
    shadow = replace(world.shadow, updates=updates)
    for attack in (Logistic(folds=3), Permuted(permutations=3)):
        attack.fit(shadow, Stream(3), tmp_path).scores(updates.subset(range(5)))
    assert len(reduced) == len(updates)


def size(path: Path) -> int:
    return path.stat().st_size
