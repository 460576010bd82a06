"""An attack that says what it makes of updates scores the same, bit for bit, where only that was captured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from attacks.cnn.attack import Cnn
from attacks.logistic import Logistic
from attacks.majority import Majority
from attacks.permuted import Permuted
from attacks.update_set import UpdateSet
from fedser.errors import CaptureError, ConfigError
from fedser.seeds import Stream
from fedser.updates.reductions import MeanInput
from fedser.updates.reductions import mean_input as reduction
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from fedser.updates.update import Round

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


def captured(updates: UpdateSet, folder: Path, sends: str, capture: Capture) -> UpdateSet:
    """The same updates, or models that took such steps, in stores of their own."""
    stores = []
    for training, store in updates.stores.items():
        more = {"sends": sends} | ({"algorithm": FEDAVG} if sends == "parameters" else {})
        public = store.public.model_copy(update=more)
        reductions = FIRST if capture.store == "reductions" else ()
        writer = StoreWriter(folder / training, public, capture, reductions).begin()
        for seen in store.read():
            writer(trained(seen) if sends == "parameters" else seen)
        stores.append(UpdateStore(folder / training))
    return UpdateSet.of(stores)


@pytest.fixture(scope="module", params=["gradient", "parameters"])
def both(request, world, tmp_path_factory):
    """(shadow, private) with whole updates captured, and with mean inputs only."""
    made = {}
    for capture in (Capture(), REDUCED):
        folder = tmp_path_factory.mktemp(capture.store)
        shadow = replace(world.shadow, updates=captured(world.shadow.updates, folder, request.param, capture))
        made[capture.store] = shadow, captured(world.private, folder, request.param, capture)
    return made


@pytest.mark.parametrize("attack", [Logistic(folds=3), Permuted(permutations=4), Majority()], ids=lambda a: a.name)
def test_scores_are_those_of_the_whole_updates(attack, both, tmp_path):
    found = {}
    for store, (shadow, private) in both.items():
        found[store] = attack.fit(shadow, Stream(3), tmp_path / store).scores(private)
    assert found["updates"].keys() == found["reductions"].keys()
    for layer, scores in found["updates"].items():
        assert (scores == found["reductions"][layer]).all() and len(scores) == len(both["updates"][1])


def test_reductions_are_small_and_all_there_is(both):
    private = both["reductions"][1]
    (store,), (whole,) = private.stores.values(), both["updates"][1].stores.values()
    assert store.reductions == FIRST and private.layers == ()
    assert sum(map(size, store.folder.iterdir())) < sum(map(size, whole.folder.iterdir())) / 5
    with pytest.raises(CaptureError, match=r"layer dense1 of client-0000 in round 1 was not captured$"):
        private.gradient(0, "dense1")


def test_what_needs_whole_updates_is_refused(both, tmp_path):
    with pytest.raises(ConfigError) as refusal:
        Cnn().fit(both["reductions"][0], Stream(3), tmp_path)
    assert str(refusal.value) == (
        "attack cnn: reads whole updates, but capture.store: reductions keeps only mean_input.dense1;"
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
