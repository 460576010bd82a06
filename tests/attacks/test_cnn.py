"""The paper's network: its shapes, its normalisation, what it learns, and how a killed training goes on."""

import itertools
import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open

from attacks.attack import silent
from attacks.cnn.attack import PAPER, Cnn
from attacks.cnn.fusion import fuse
from attacks.cnn.layer_data import runs
from attacks.cnn.network import LayerNetwork
from attacks.cnn.pools import HIDDEN, LAST, NARROW, WIDE, default_pools, last_map
from attacks.cnn.settings import Adam, Convolution, Plateau, Pool, Stopping
from attacks.cnn.standard import standard
from attacks.cnn.training import train
from attacks.shadow import Shadow
from attacks.update_set import UpdateSet
from fedser.config import load
from fedser.errors import CaptureError, ConfigError, InputError
from fedser.metrics.recall import confusion, uar
from fedser.seeds import Stream
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from fedser.updates.update import Round, Update

TINY = Cnn(
    layers=("dense1",),
    convolutions=(Convolution(filters=4), Convolution(filters=4, batch_norm=True)),
    pools={"dense1": (Pool.square(2), Pool.square(2))},
    hidden=(16,),
    adam=Adam(learning_rate=3e-3),
    epochs=4,
    threads=1,
)


def shapes(inputs: int) -> dict[str, tuple[int, ...]]:
    widths = [inputs, 256, 128, 4]
    pairs = itertools.pairwise(widths)
    return {
        f"dense{n}.{part}": shape
        for n, (i, o) in enumerate(pairs, start=1)
        for part, shape in (("weight", (o, i)), ("bias", (o,)))
    }


@pytest.mark.parametrize(
    ("inputs", "layer", "pools", "flat"),
    [
        (988, "dense1", WIDE, 3840),
        (768, "dense1", WIDE, 3072),
        (512, "dense1", NARROW, 3200),
        (988, "dense2", HIDDEN, 2048),
        (988, "dense3", LAST, 1024),
    ],
)
def test_the_papers_layers(inputs, layer, pools, flat):
    parameters = shapes(inputs)
    outputs = parameters[f"{layer}.bias"][0]
    assert default_pools(layer, parameters, 3) == pools == Cnn().pools_of(layer, parameters)
    network = LayerNetwork(parameters[f"{layer}.weight"], PAPER, pools, (256, 128), 2, 0.2, Stream(0).torch())
    assert [tuple(dense.weight.shape) for dense in network.dense] == [(256, flat + outputs), (128, 256), (2, 128)]
    assert [tuple(s.conv.weight.shape) for s in network.stages] == [(16, 1, 5, 5), (32, 16, 5, 5), (64, 32, 5, 5)]
    assert [s.norm is not None for s in network.stages] == [False, False, True]
    assert [s.conv.padding for s in network.stages] == [(2, 2)] * 3


def test_a_forward_pass_of_the_papers_last_layer_and_its_dropout():
    network = LayerNetwork((4, 128), PAPER, LAST, (256, 128), 2, 0.2, Stream(0).torch())
    weight, bias = torch.ones(3, 4, 128), torch.ones(3, 4)
    assert network(weight, bias).shape == (3, 2)
    first, second, other = (network(weight, bias, Stream(seed).torch()) for seed in (1, 1, 2))
    assert torch.equal(first, second) and not torch.equal(first, other)


def test_dropout_in_training_drops_whole_maps():
    network = LayerNetwork((4, 128), PAPER, LAST, (), 2, 0.5, Stream(0).torch())
    seen = []
    network.stages[1].register_forward_pre_hook(lambda stage, inputs: seen.append(inputs[0].detach()))
    weight, bias = torch.randn(5, 4, 128, generator=Stream(1).torch()), torch.zeros(5, 4)
    network(weight, bias)
    network(weight, bias, Stream(2).torch())
    whole, dropped = seen
    kept = dropped.flatten(2).abs().sum(dim=2) > 0
    assert 0.3 < kept.float().mean() < 0.7
    torch.testing.assert_close(dropped, whole * kept[:, :, None, None] * 2)


@given(st.integers(1, 400), st.integers(1, 7000), st.sampled_from(["first", "middle", "last"]), st.integers(1, 5))
def test_the_rule_never_leaves_an_empty_map(outputs, inputs, layer, stages):
    parameters = {f"{name}.weight": (outputs, inputs) for name in ("first", "middle", "last")}
    assert min(last_map((outputs, inputs), default_pools(layer, parameters, stages))) >= 1


@pytest.mark.parametrize(("inputs", "last"), [(88, (5, 1)), (6373, (4, 99))])
def test_other_widths_of_the_first_layer(inputs, last):
    assert last_map((256, inputs), default_pools("dense1", shapes(inputs), 3)) == last


def test_impossible_configurations_are_refused_all_at_once():
    cnn = Cnn(pools={"dense3": (Pool.square(5), None, None), "dense8": (None, None, None)})
    with pytest.raises(ConfigError) as refusal:
        cnn.check(shapes(988), "all")
    assert str(refusal.value).splitlines() == [
        "attack cnn: pools: unknown dense8 (choose from dense1, dense2, dense3)",
        "attack cnn: pools: dense3: these pools leave nothing of its 4 x 128 weights",
    ]
    with pytest.raises(ConfigError) as refusal:
        Cnn().check({"norm.weight": (8,), "norm.bias": (8,)}, "all")
    assert str(refusal.value) == (
        "attack cnn: layers: norm: has weight [8] and bias [8]; it reads weight [out, in], or [out, in, ...] of a"
        " convolution, and bias [out] where there is one"
    )
    with pytest.raises(ValueError, match=r"pools.dense1: 1 pools for 3 convolutions"):
        Cnn(pools={"dense1": (None,)})
    with pytest.raises(ValueError, match="convolutions: none is given; the paper has three"):
        Cnn(convolutions=())
    with pytest.raises(ValueError, match="kernel: 4 is even; only an odd kernel keeps the size of a map"):
        Convolution(filters=1, kernel=4)


@pytest.mark.parametrize(
    ("lines", "mistakes"),
    [
        ("layers: []", ["2: layers: at least one layer, or all"]),
        ("adam: {betas: [0.9, 1.0]}", ["2: adam.betas.1: should be less than 1, got 1.0"]),
        (
            "epochs: 0\nadam:\n  betas: [1.5, -0.1]",
            [
                "2: epochs: should be greater than or equal to 1, got 0",
                "4: adam.betas.0: should be less than 1, got 1.5",
                "4: adam.betas.1: should be greater than or equal to 0, got -0.1",
            ],
        ),
        ("batch_size: 1", ["2: batch_size: should be at least 2 where a convolution has batch_norm, got 1"]),
    ],
)
def test_impossible_settings_are_refused_at_their_line(lines, mistakes, tmp_path):
    path = tmp_path / "cnn.yaml"
    path.write_text(f"name: cnn\n{lines}\n")
    with pytest.raises(ConfigError) as refusal:
        load(Cnn, path)
    assert str(refusal.value).splitlines() == [f"{path}:{mistake}" for mistake in mistakes]


def test_single_updates_are_batches_where_nothing_is_normalised():
    assert Cnn(batch_size=1, convolutions=(Convolution(filters=1),), pools={}).batch_size == 1


@given(st.integers(1, 50), st.integers(1, 9), st.integers(1, 2))
def test_runs_are_the_order_and_the_last_is_no_shorter_than_asked(count, size, smallest):
    order = np.arange(count)[::-1]
    cut = runs(order, size, smallest)
    assert (np.concatenate(cut) == order).all()
    assert all(len(run) == size for run in cut[:-1])
    assert min(smallest, count) <= len(cut[-1]) < size + smallest


def test_the_normalisation_is_numpys(world):
    updates = world.shadow.updates
    normal = standard(updates, "dense2", 1e-5, silent)
    whole = [updates.gradient(index, "dense2") for index in range(len(updates))]
    for name in ("weight", "bias"):
        stacked = np.stack([gradient[name] for gradient in whole]).astype(np.float64)
        np.testing.assert_allclose(normal.mean[name], stacked.mean(axis=0), rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(normal.scale[name], stacked.std(axis=0) + 1e-5, rtol=1e-5)
        assert normal.mean[name].dtype == normal.scale[name].dtype == np.float32
    np.testing.assert_allclose(
        normal(whole[3])["bias"], (whole[3]["bias"] - normal.mean["bias"]) / normal.scale["bias"], rtol=1e-6
    )


def test_fusion_is_weighted_by_the_number_of_weights():
    scores = {"a": np.array([[1.0, 0.0]]), "b": np.array([[0.0, 1.0]]), "c": np.array([[0.5, 0.5]])}
    fused = fuse(scores, {"a": 256 * 988, "b": 128 * 256, "c": 4 * 128})
    np.testing.assert_allclose(fused, [[0.8837 + 0.0009, 0.1145 + 0.0009]], atol=1e-4)


@pytest.fixture(scope="module")
def pattern(tmp_path_factory, public):
    """Updates whose first layer is noise plus a fixed matrix in speakers of value 1: what a CNN can find."""
    rng = np.random.default_rng(0)
    planted = rng.standard_normal((12, 16)).astype(np.float32)
    broadcast = {"dense1.weight": np.zeros((12, 16), np.float32), "dense1.bias": np.zeros(12, np.float32)}

    def store(name: str, rounds: int) -> UpdateStore:
        folder = tmp_path_factory.mktemp(name)
        writer = StoreWriter(folder, public(name, broadcast), Capture()).begin()
        for number in range(1, rounds + 1):
            updates = []
            for client in range(10):
                arrays = {k: rng.standard_normal(v.shape).astype(np.float32) for k, v in broadcast.items()}
                arrays["dense1.weight"] += client % 2 * planted
                updates.append(Update(number, f"client-{client:04d}", 20, arrays))
            writer(Round(number, broadcast, tuple(updates)))
        return UpdateStore(folder)

    updates, private = UpdateSet.of([store("shadow-0", 20)]), UpdateSet.of([store("private-0", 5)])
    labels = tuple(int(row.client[-1]) % 2 for row in updates.rows)
    shadow = Shadow(updates, labels, tuple(row.client for row in updates.rows), ("a", "b"))
    return shadow, private, np.array([int(row.client[-1]) % 2 for row in private.rows])


@pytest.mark.parametrize("split", ["client", "update"])
def test_it_learns_what_is_planted_in_the_first_layer(pattern, split, tmp_path):
    shadow, private, truth = pattern
    cnn = TINY.model_copy(update={"split": split, "epochs": 12})
    scores = cnn.fit(shadow, Stream(1), tmp_path).scores(private)
    assert set(scores) == {"dense1"}
    assert uar(confusion(truth, scores["dense1"].argmax(axis=1), 2)) > 0.8


def test_a_killed_training_goes_on_bit_for_bit(pattern, tmp_path):
    shadow, private, _ = pattern
    whole = TINY.fit(shadow, Stream(1), tmp_path / "whole").scores(private)

    def kill(what: str, done: int, total: int) -> None:
        if "epoch 3" in what and done % 2 == 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TINY.fit(shadow, Stream(1), tmp_path / "killed", kill)
    seen = []
    resumed = TINY.fit(shadow, Stream(1), tmp_path / "killed", lambda *step: seen.append(step[0])).scores(private)
    assert "cnn on dense1, epoch 3 of 4" in seen and "cnn on dense1, epoch 2 of 4" not in seen
    assert (resumed["dense1"] == whole["dense1"]).all()
    files = [sorted((tmp_path / name).iterdir()) for name in ("whole", "killed")]
    assert [path.name for path in files[0]] == [path.name for path in files[1]]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]


def test_a_checkpoint_is_found_only_by_the_same_fit(pattern, tmp_path):
    shadow, _, _ = pattern
    once = TINY.model_copy(update={"epochs": 1})
    for attack, stream in ((once, Stream(1)), (once, Stream(2)), (once.model_copy(update={"dropout": 0.5}), Stream(1))):
        attack.fit(shadow, stream, tmp_path)
    once.fit(shadow.permuted(Stream(0)), Stream(1), tmp_path)
    assert len(list(tmp_path.iterdir())) == 4


def test_other_updates_of_the_same_clients_are_another_fit(pattern, tmp_path):
    shadow, _, _ = pattern
    (store,) = shadow.updates.stores.values()
    writer = StoreWriter(tmp_path / "other", store.public, Capture(precision="float16")).begin()
    for seen in store.read():
        writer(seen)
    other = UpdateSet.of([UpdateStore(tmp_path / "other")])
    assert other.rows == shadow.updates.rows
    once = TINY.model_copy(update={"epochs": 1})
    for updates in (shadow.updates, other):
        once.fit(Shadow(updates, shadow.labels, shadow.speakers, shadow.classes), Stream(1), tmp_path / "work")
    assert len(list((tmp_path / "work").iterdir())) == 2


def test_pseudo_gradients_are_scaled_as_the_attack_says(public, tmp_path):
    """Twenty utterances in batches of twenty: one step as it is, two as published."""
    rng = np.random.default_rng(0)
    model = {"dense1.weight": np.zeros((12, 16), np.float32), "dense1.bias": np.zeros(12, np.float32)}
    known = public("shadow-0", model, "parameters", batch_size=20, epochs=1, learning_rate=0.1)
    sent = [{k: rng.standard_normal(v.shape).astype(np.float32) for k, v in model.items()} for _ in range(12)]
    updates = tuple(Update(1, f"client-{c:04d}", 20, arrays) for c, arrays in enumerate(sent))
    StoreWriter(tmp_path / "s", known, Capture()).begin()(Round(1, model, updates))
    stored = UpdateSet.of([UpdateStore(tmp_path / "s")])
    shadow = Shadow(stored, (0, 1) * 6, tuple(row.client for row in stored.rows), ("a", "b"))

    actual = TINY.model_copy(update={"epochs": 1})
    published = actual.model_copy(update={"steps": "published"})
    fits = [attack.fit(shadow, Stream(1), tmp_path / "w") for attack in (actual, published)]
    means = [fitted.layers["dense1"].standard.mean["weight"] for fitted in fits]
    np.testing.assert_allclose(means[0], 2 * means[1], rtol=1e-5, atol=1e-7)

    again = actual.fit(shadow.scaled_by("published"), Stream(1), tmp_path / "w").scores(stored.scaled_by("published"))
    assert (again["dense1"] == fits[0].scores(stored)["dense1"]).all()


def test_a_damaged_checkpoint_is_named(pattern, tmp_path):
    shadow, _, _ = pattern
    once = TINY.model_copy(update={"epochs": 1})
    once.fit(shadow, Stream(1), tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(CaptureError, match=r"not a readable checkpoint \(.*\); delete it to train again$"):
        once.fit(shadow, Stream(1), tmp_path)


def test_rates_and_the_end_of_training_follow_from_the_validation_losses(pattern, tmp_path):
    cnn = TINY.model_copy(
        update={
            "epochs": 30,
            "plateau": Plateau(patience=1, factor=0.5, minimum=1e-5),
            "stopping": Stopping(patience=2, after=6),
        }
    )
    fitted = cnn.fit(pattern[0].permuted(Stream(0)), Stream(1), tmp_path)
    (path,) = tmp_path.iterdir()
    with safe_open(path, framework="np") as stored:
        header = json.loads(stored.metadata()["fedser"])
        best_weights, last_weights = (stored.get_tensor(f"{which}/dense.0.weight") for which in ("best", "model"))
    epochs = header["epochs"]
    rate, best, bad = cnn.adam.learning_rate, float("inf"), 0
    for epoch in epochs:
        assert epoch["learning_rate"] == pytest.approx(rate)
        bad = 0 if epoch["validation_loss"] < best * (1 - 1e-4) else bad + 1
        best = min(best, epoch["validation_loss"])
        if bad > 1:
            rate, bad = max(rate / 2, 1e-5), 0
    losses = [epoch["validation_loss"] for epoch in epochs]
    counted = losses[6:]
    assert 9 <= len(losses) < 30 and rate < cnn.adam.learning_rate
    assert min(counted) == counted[-3] and header["best_uar"] == max(epoch["validation_uar"] for epoch in epochs)
    kept = fitted.layers["dense1"].network.state_dict()["dense.0.weight"].numpy()
    assert (kept == best_weights).all() and (kept != last_weights).any()


@pytest.mark.parametrize(("split", "shares_speakers"), [("client", False), ("update", True)])
def test_the_split_is_the_one_asked_for(pattern, split, shares_speakers, tmp_path, monkeypatch):
    shadow, lessons = pattern[0], []

    def watched(network, lesson, *rest):
        lessons.append(lesson)
        return train(network, lesson, *rest)

    monkeypatch.setattr("attacks.cnn.fit.train", watched)
    TINY.model_copy(update={"split": split, "epochs": 1}).fit(shadow, Stream(1), tmp_path)
    (lesson,) = lessons
    assert sorted([*lesson.train, *lesson.validation]) == list(range(200)) and len(lesson.validation) == 40
    trained, held = ({shadow.speakers[index] for index in side} for side in (lesson.train, lesson.validation))
    assert bool(trained & held) == shares_speakers


def test_max_updates_are_what_it_learns_from(pattern, tmp_path):
    seen = []
    few = TINY.model_copy(update={"max_updates": 50, "epochs": 1})
    few.fit(pattern[0], Stream(1), tmp_path, lambda *step: seen.append(step))
    assert ("normalisation of dense1", 50, 50) in seen


def one_by_one(updates: int) -> Cnn:
    """An attack that trains on 4/5 of so many updates, whose batch normalisation sees maps of 1 x 1."""
    pools = {"dense1": (Pool.square(12), None)}
    return TINY.model_copy(update={"pools": pools, "split": "update", "max_updates": updates, "epochs": 1})


def test_a_single_update_is_no_batch_of_its_own(pattern, tmp_path):
    shadow, private, _ = pattern
    seen = []
    fitted = one_by_one(26).fit(shadow, Stream(1), tmp_path, lambda *step: seen.append(step))
    assert [step for step in seen if "epoch" in step[0]] == [("cnn on dense1, epoch 1 of 1", 1, 1)]
    assert np.isfinite(fitted.scores(private)["dense1"]).all()


def test_a_single_update_is_no_training(pattern, tmp_path):
    shadow = pattern[0].subset([0, 1])
    with pytest.raises(InputError) as refusal:
        one_by_one(200).fit(shadow, Stream(1), tmp_path)
    assert str(refusal.value) == (
        "attack cnn: of 2 shadow updates, 1 to validate on, only one is left to train on;"
        " at least two are needed (raise max_updates, or lower validation)"
    )


def test_a_stage_is_convolution_normalisation_relu_and_pool_in_the_papers_order():
    network = LayerNetwork((256, 988), PAPER, WIDE, (8,), 2, 0.2, Stream(0).torch())
    stage = network.stages[2].train()
    x = torch.randn(2, 32, 32, 123, generator=Stream(1).torch())
    expected = torch.nn.functional.max_pool2d(torch.relu(stage.norm(stage.conv(x))), 8)
    torch.testing.assert_close(stage(x), expected)
