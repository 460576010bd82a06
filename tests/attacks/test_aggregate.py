"""Aggregates over rounds: the mean is taken of updates, client by client, and one answer stands for all of them."""

from dataclasses import replace

import numpy as np
import pytest

from attacks.aggregate import Aggregate, rounds_of_clients
from attacks.attack import silent
from attacks.averages import averages
from attacks.bias import Bias
from attacks.logistic import Logistic
from attacks.pca import Pca
from attacks.update_set import UpdateSet
from fedser.errors import CaptureError, ConfigError
from fedser.seeds import Stream
from fedser.updates.reductions import MeanInput
from fedser.updates.reductions.mean_input import mean_input
from fedser.updates.store import Capture, StoreWriter, UpdateStore

NAMES = ("dense1.weight", "dense1.bias")


def models(store, folder):
    """The same steps, but that clients send models."""
    writer = StoreWriter(folder, store.public.model_copy(update={"sends": "parameters"}), Capture()).begin()
    for seen in store.read():
        sent = ({k: seen.broadcast[k] - v for k, v in update.arrays.items()} for update in seen.updates)
        updates = tuple(replace(update, arrays=arrays) for update, arrays in zip(seen.updates, sent, strict=True))
        writer(replace(seen, updates=updates))
    return UpdateStore(folder)


@pytest.mark.parametrize("sends", ["gradient", "parameters"])
def test_the_mean_update_is_that_of_the_rounds(world, tmp_path, sends):
    (store,) = world.private.stores.values()
    updates = world.private if sends == "gradient" else UpdateSet.of([models(store, tmp_path)])
    own = [place for place, row in enumerate(updates.rows) if row.client == "client-0003"]
    rows = [updates.rows[place] for place in own]
    means = averages(updates, [own[:1], own])
    expected = [np.mean([store.arrays(row.round, row.client)[name] for row in rows], axis=0) for name in NAMES]
    one, found = (reduced["mean"] for reduced in means.reductions(MeanInput(layer="dense1")))
    np.testing.assert_allclose(found, mean_input(*expected), rtol=1e-3, atol=1e-4)
    single = updates.stores["private-0"].reduced(1, "client-0003", MeanInput(layer="dense1"))["mean"]
    np.testing.assert_array_equal(one, single)
    assert [row.round for row in means.rows] == [1, 2] and {row.client for row in means.rows} == {"client-0003"}
    models_seen = np.mean([store.broadcast(row.round)["dense2.bias"] for row in rows], axis=0)
    np.testing.assert_allclose(means.broadcast(1)["dense2.bias"], models_seen, rtol=1e-5, atol=1e-8)


def test_one_answer_stands_for_all_updates_of_a_client(world, tmp_path):
    scores = Aggregate().fit(world.shadow, Stream(1), tmp_path).scores(world.private)["dense1"]
    clients = rounds_of_clients(world.private.rows)
    assert len(clients) == 20 and all(len(np.unique(scores[rows], axis=0)) == 1 for rows in clients.values())
    assert len(np.unique(scores, axis=0)) > 10


def test_a_client_of_two_trainings_is_two(world):
    clients = rounds_of_clients(world.shadow.updates.rows)
    assert len(clients) == 40 and sorted(place for rows in clients.values() for place in rows) == list(range(200))


def test_the_answer_differs_from_the_mean_of_answers(world, tmp_path):
    """It is no accumulation of scores: what is read off the mean update is not the mean of what is read off each."""
    whole = Aggregate().fit(world.shadow, Stream(1), tmp_path / "a").scores(world.private)["dense1"]
    each = Logistic().fit(world.shadow, Stream(1), tmp_path / "b").scores(world.private)["dense1"]
    means = [each[rows].mean(axis=0) for rows in rounds_of_clients(world.private.rows).values()]
    first = [rows[0] for rows in rounds_of_clients(world.private.rows).values()]
    assert not np.allclose(whole[first], means, atol=0.01)


def test_what_was_not_captured_is_told(world, tmp_path):
    (store,) = world.private.stores.values()
    writer = StoreWriter(tmp_path, store.public, Capture(layers=("dense2",))).begin()
    for seen in store.read():
        writer(seen)
    target = UpdateSet.of([UpdateStore(tmp_path)])
    fitted = Aggregate().fit(world.shadow, Stream(1), tmp_path / "fit")
    with pytest.raises(CaptureError) as refusal:
        fitted.scores(target, silent)
    assert str(refusal.value) == f"{tmp_path}: dense1.weight, dense1.bias of client-0000 in round 1 not captured"


def test_models_that_others_cannot_read_are_refused():
    """The bias attack needs a bias, and the one on principal components a layer that is there."""
    with pytest.raises(ConfigError, match=r"^attack bias: no layer has a bias \(layers: dense1, dense2\)$"):
        Bias().needs({"dense1.weight": (3, 5), "dense2.weight": (2, 3)})
    shapes = {"dense1.weight": (3, 5), "dense1.bias": (3,), "dense2.weight": (2, 3)}
    with pytest.raises(ConfigError, match=r"^attack pca: layer: unknown dense4 \(choose from dense1, dense2\)$"):
        Pca(layer="dense4").needs(shapes)
    assert Pca(layer="dense2").reduction(shapes).parameters == ("dense2.weight",)
    assert Pca().reduction(shapes).parameters == ("dense1.weight", "dense1.bias")
