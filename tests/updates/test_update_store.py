"""The update store: what goes in comes out, a part of it if asked for, and a failure costs only its own round."""

import errno
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors import SafetensorError

from fedser.artifacts import tensors as artifact
from fedser.errors import CaptureError, ConfigError
from fedser.updates.public import PublicParameters
from fedser.updates.shard import Shard, shard_path, write_shard
from fedser.updates.store import Capture, Row, StoreWriter, UpdateStore
from fedser.updates.update import Arrays, Round, Update

SHAPES = {"dense1.weight": (3, 5), "dense1.bias": (3,), "dense2.weight": (2, 3), "dense2.bias": (2,)}


def public(sends: str = "gradient") -> PublicParameters:
    return PublicParameters(
        training="private-0",
        sends=sends,
        model={"name": "mlp"},
        algorithm={"name": "fedsgd", "learning_rate": 0.1},
        features=5,
        classes=("happy", "sad"),
        rounds=4,
        parameters=SHAPES,
    )


def drawn(seed: int, scale: float = 1.0) -> Arrays:
    generator = np.random.default_rng(seed)
    return {name: (scale * generator.standard_normal(shape)).astype(np.float32) for name, shape in SHAPES.items()}


def a_round(number: int, clients: int = 3) -> Round:
    model = drawn(number)
    updates = (
        Update(number, f"client-{c:04d}", 10 + c, {k: model[k] + v for k, v in drawn(100 * number + c, 1e-3).items()})
        for c in range(clients)
    )
    return Round(number, model, tuple(updates))


def written(folder: Path, capture: Capture | None = None, sends: str = "gradient", rounds: int = 3) -> UpdateStore:
    writer = StoreWriter(folder, public(sends), capture or Capture())
    for number in range(1, rounds + 1):
        writer(a_round(number))
    return UpdateStore(folder)


def same(one: Arrays, other: Arrays) -> bool:
    return list(one) == list(other) and all((one[k] == other[k]).all() and one[k].dtype == np.float32 for k in one)


def test_float32_comes_back_bit_for_bit(tmp_path):
    store = written(tmp_path)
    assert store.public == public() and store.rounds == (1, 2, 3) and store.layers == ("dense1", "dense2")
    assert store.rows()[4] == Row("private-0", 2, "client-0001", 11)
    for number, seen in enumerate(store.read(), start=1):
        sent = a_round(number)
        assert same(seen.broadcast, sent.broadcast) and same(store.broadcast(number), sent.broadcast)
        for got, update in zip(seen.updates, sent.updates, strict=True):
            assert (got.round, got.client, got.examples) == (number, update.client, update.examples)
            assert same(got.arrays, update.arrays) and same(store.arrays(number, update.client), update.arrays)


def test_single_parameters_are_read_alone(tmp_path):
    store = written(tmp_path)
    assert list(store.arrays(2, "client-0000", ("dense2.bias",))) == ["dense2.bias"]
    assert list(store.broadcast(2, ("dense1.bias",))) == ["dense1.bias"]


def test_float16_of_models_keeps_the_update_itself(tmp_path):
    """The update is a thousandth of the weight: half precision of the weight itself would round a third of it away."""
    store = written(tmp_path, Capture(precision="float16"), "parameters")
    for number in store.rounds:
        sent = a_round(number)
        for update in sent.updates:
            got = store.arrays(number, update.client)
            for name, array in update.arrays.items():
                step = array - sent.broadcast[name]
                bound = 2**-11 * np.abs(step).max() + 2**-22
                assert np.abs(got[name] - sent.broadcast[name] - step).max() <= bound
        assert same(store.broadcast(number), sent.broadcast)


@given(arrays(np.float32, (2, 3), elements=st.floats(-(2.0**90), 2.0**90, width=32)))
def test_float16_of_gradients_is_relative_to_the_largest(tmp_path_factory, gradient):
    folder = tmp_path_factory.mktemp("shard")
    broadcast = {"dense2.weight": np.zeros((2, 3), np.float32)}
    sent = Round(1, broadcast, (Update(1, "client-0000", 1, {"dense2.weight": gradient}),))
    write_shard(folder, sent, "float16", difference=False)
    got = Shard(shard_path(folder, 1)).arrays("client-0000", ("dense2.weight",))["dense2.weight"]
    assert got.dtype == np.float32
    assert np.abs(got - gradient).max() <= 2**-10 * np.abs(gradient).max()


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_layers_and_rounds_that_are_not_asked_for_are_not_written(tmp_path, precision):
    store = written(tmp_path, Capture(layers=("dense2",), every=2, precision=precision), "parameters", rounds=4)
    assert store.rounds == (1, 3) and store.layers == ("dense2",)
    assert list(store.arrays(3, "client-0001")) == ["dense2.weight", "dense2.bias"]
    assert list(store.broadcast(3)) == list(SHAPES)
    with pytest.raises(CaptureError) as refusal:
        store.arrays(2, "client-0001")
    assert str(refusal.value) == f"{tmp_path}: round 2 was not captured"


def test_a_store_without_rounds_has_no_layers_yet(tmp_path):
    store = written(tmp_path, rounds=0)
    assert store.rounds == () and store.layers == () and store.rows() == []


def test_unknown_layers_are_refused(tmp_path):
    with pytest.raises(ConfigError) as refusal:
        StoreWriter(tmp_path, public(), Capture(layers=("dense1", "dense7")))
    assert str(refusal.value) == "capture.layers: unknown dense7 (choose from dense1, dense2)"


def test_more_rounds_than_are_kept_open(tmp_path):
    store = written(tmp_path, rounds=70)
    for number in (1, 70, 2, 69):
        assert same(store.arrays(number, "client-0002"), a_round(number).updates[2].arrays)


@pytest.mark.parametrize("left", [0, 5, 40, -1])
def test_a_damaged_round_is_named(tmp_path, left):
    store = written(tmp_path)
    path = shard_path(tmp_path, 2)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(CaptureError) as refusal:
        UpdateStore(tmp_path).arrays(2, "client-0000")
    assert str(refusal.value).startswith(f"{path}: not a readable round of updates (")
    assert str(refusal.value).endswith(f"); delete {path.parent.parent} and run again")
    assert same(store.arrays(3, "client-0000"), a_round(3).updates[0].arrays)


def test_a_missing_or_damaged_description_is_named(tmp_path):
    with pytest.raises(CaptureError) as refusal:
        UpdateStore(tmp_path)
    assert str(refusal.value) == f"{tmp_path}: no update store here (public.json is missing)"
    (tmp_path / "public.json").write_text("{", encoding="utf-8")
    with pytest.raises(CaptureError, match=r"public\.json: damaged: Invalid JSON"):
        UpdateStore(tmp_path)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (SafetensorError("I/O error: No space left on device (os error 28)"), "the disk is full"),
        (OSError(errno.EIO, "Input/output error"), "[Errno 5] Input/output error"),
    ],
)
def test_a_full_disk_costs_only_its_own_round(tmp_path, monkeypatch, error, reason):
    store = written(tmp_path, rounds=2)

    def fail(arrays, path, header):
        path.write_bytes(b"a beginning")
        raise error

    monkeypatch.setattr(artifact, "save_file", fail)
    with pytest.raises(CaptureError) as refusal:
        StoreWriter(tmp_path, public(), Capture())(a_round(3))
    assert str(refusal.value) == (
        f"{shard_path(tmp_path, 3)}: cannot write this round: {reason};"
        " all earlier rounds are kept, run again to resume"
    )
    assert store.rounds == UpdateStore(tmp_path).rounds == (1, 2)
    assert same(UpdateStore(tmp_path).arrays(2, "client-0001"), a_round(2).updates[1].arrays)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "public.json",
        "round-000001.safetensors",
        "round-000002.safetensors",
    ]
