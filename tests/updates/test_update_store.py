"""The update store: what goes in comes out, a part of it if asked for, and a failure costs only its own round."""

import errno
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import TypeAdapter

from fedser.artifacts import tensors as artifact
from fedser.errors import CaptureError, ConfigError
from fedser.updates.round_files import part_path
from fedser.updates.shard import Shard
from fedser.updates.store import Capture, Row, StoreWriter, UpdateStore
from fedser.updates.update import Round, Update


def test_float32_comes_back_bit_for_bit(tmp_path, written, public, a_round, same):
    store = written(tmp_path)
    assert store.public == public() and store.rounds == (1, 2, 3) and store.layers == ("dense1", "dense2")
    assert store.rows()[4] == Row("private-0", 2, "client-0001", 11)
    for number, seen in enumerate(store.read(), start=1):
        sent = a_round(number)
        assert same(seen.broadcast, sent.broadcast) and same(store.broadcast(number), sent.broadcast)
        for got, update in zip(seen.updates, sent.updates, strict=True):
            assert (got.round, got.client, got.examples) == (number, update.client, update.examples)
            assert same(got.arrays, update.arrays) and same(store.arrays(number, update.client), update.arrays)


def test_single_parameters_are_read_alone(tmp_path, written):
    store = written(tmp_path)
    assert list(store.arrays(2, "client-0000", ("dense2.bias",))) == ["dense2.bias"]
    assert list(store.broadcast(2, ("dense1.bias",))) == ["dense1.bias"]


def test_float16_of_models_keeps_the_update_itself(tmp_path, written, a_round, same):
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
def test_float16_of_gradients_is_relative_to_the_largest(tmp_path_factory, public, gradient):
    folder = tmp_path_factory.mktemp("store")
    sent = Round(1, {}, (Update(1, "client-0000", 1, {"dense2.weight": gradient}),))
    StoreWriter(folder, public(), Capture(precision="float16")).begin()(sent)
    got = UpdateStore(folder).arrays(1, "client-0000")["dense2.weight"]
    assert got.dtype == np.float32
    assert np.abs(got - gradient).max() <= 2**-10 * np.abs(gradient).max()


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_layers_and_rounds_that_are_not_asked_for_are_not_written(tmp_path, written, precision, same, a_round):
    store = written(tmp_path, Capture(layers=("dense2",), every=2, precision=precision), "parameters", rounds=4)
    assert store.rounds == (1, 3) and store.layers == ("dense2",)
    assert list(store.arrays(3, "client-0001")) == ["dense2.weight", "dense2.bias"]
    assert same(store.broadcast(3), a_round(3).broadcast)
    with pytest.raises(CaptureError) as refusal:
        store.arrays(2, "client-0001")
    assert str(refusal.value) == f"{tmp_path}: round 2 was not captured"


def test_a_store_without_rounds_has_no_layers_yet(tmp_path, written):
    store = written(tmp_path, rounds=0)
    assert store.rounds == () and store.layers == () and store.rows() == []


def test_a_writer_is_a_value_that_other_processes_can_have(tmp_path, public):
    writer = StoreWriter(tmp_path / "updates", public("parameters"), Capture(layers=("dense2",), every=2))
    assert pickle.loads(pickle.dumps(writer)) == writer
    described = TypeAdapter(StoreWriter)
    assert described.validate_json(described.dump_json(writer)) == writer
    assert [writer.keeps_round(number) for number in (1, 2, 3)] == [True, False, True]
    assert not (tmp_path / "updates").exists()


def test_beginning_again_keeps_rounds_and_clears_what_a_killed_process_left(tmp_path, written, public):
    written(tmp_path, rounds=2)
    (tmp_path / ".round-000003.safetensors.77-0a1b2c3d.part").write_bytes(b"a beginning")
    StoreWriter(tmp_path, public(), Capture()).begin()
    names = ["public.json", "round-000001.safetensors", "round-000002.safetensors"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_the_model_of_a_round_is_read_once_for_all_its_updates(tmp_path, written, a_round, same, monkeypatch):
    """And cannot be changed, since it is everyone's."""
    read, broadcast = [], Shard.broadcast
    monkeypatch.setattr(Shard, "broadcast", lambda shard, name: read.append(name) or broadcast(shard, name))
    store = written(tmp_path, sends="parameters")
    models = [store.broadcast(row.round, ("dense1.weight",)) for row in store.rows() if row.round < 3]
    assert read == ["dense1.weight"] * 2 and len(models) == 6
    assert (models[0]["dense1.weight"] == a_round(1).broadcast["dense1.weight"]).all()
    assert same(store.broadcast(2), a_round(2).broadcast)
    with pytest.raises(ValueError, match="read-only"):
        models[0]["dense1.weight"][0, 0] = 1


def test_unknown_layers_are_refused(tmp_path, public):
    with pytest.raises(ConfigError) as refusal:
        StoreWriter(tmp_path, public(), Capture(layers=("dense1", "dense7")))
    assert str(refusal.value) == "capture.layers: unknown dense7 (choose from dense1, dense2)"


def test_more_rounds_than_are_kept_open(tmp_path, written, a_round, same):
    store = written(tmp_path, rounds=70)
    for number in (1, 70, 2, 69):
        assert same(store.arrays(number, "client-0002"), a_round(number).updates[2].arrays)


@pytest.mark.parametrize("left", [0, 5, 40, -1])
def test_a_damaged_round_is_named(tmp_path, written, a_round, same, left):
    store = written(tmp_path)
    path = part_path(tmp_path, 2)
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
        (OSError(errno.EIO, "Input/output error"), "[Errno 5] Input/output error"),
    ],
)
def test_a_full_disk_costs_only_its_own_round(tmp_path, written, public, a_round, same, monkeypatch, error, reason):
    store = written(tmp_path, rounds=2)

    def fail(arrays, path, header):
        path.write_bytes(b"a beginning")
        raise error

    monkeypatch.setattr(artifact, "save_file", fail)
    with pytest.raises(CaptureError) as refusal:
        StoreWriter(tmp_path, public(), Capture())(a_round(3))
    assert str(refusal.value) == (
        f"{part_path(tmp_path, 3)}: cannot write this round: {reason}; all earlier rounds are kept, run again to resume"
    )
    assert store.rounds == UpdateStore(tmp_path).rounds == (1, 2)
    assert same(UpdateStore(tmp_path).arrays(2, "client-0001"), a_round(2).updates[1].arrays)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "public.json",
        "round-000001.safetensors",
        "round-000002.safetensors",
    ]
