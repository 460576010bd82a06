"""Captures exported and imported again: by name, by place as breaching reads them, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fedser.errors import CaptureError, ConfigError
from fedser.updates.exchange import LAYOUTS, export_store, import_store, payload
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from fedser.updates.update import Round


def assert_same(one: UpdateStore, other: UpdateStore, tolerance: float = 0.0) -> None:
    assert one.public == other.public and one.rows() == other.rows()
    for row in one.rows():
        theirs = other.arrays(row.round, row.client)
        for name, array in one.arrays(row.round, row.client).items():
            np.testing.assert_allclose(theirs[name], array, rtol=0, atol=tolerance)
        for name, array in one.broadcast(row.round).items():
            assert (other.broadcast(row.round)[name] == array).all()


@pytest.mark.parametrize("kind", sorted(LAYOUTS))
def test_gradients_come_back_bit_for_bit(tmp_path: Path, written, kind) -> None:
    store = written(tmp_path / "store")
    assert export_store(store, tmp_path / "out", kind) == 9
    assert_same(store, import_store(tmp_path / "out", tmp_path / "back"))


def sgd_public(public):
    algorithm = {"name": "fedavg", "learning_rate": 0.1, "batch_size": 4, "epochs": 1, "optimizer": {"name": "sgd"}}
    return public("parameters").model_copy(update={"algorithm": algorithm})


@pytest.mark.parametrize(("kind", "tolerance"), [("npz", 0.0), ("breaching", 1e-6)])
def test_parameters_come_back_to_within_a_rounding(tmp_path: Path, public, a_round, kind, tolerance) -> None:
    writer = StoreWriter(tmp_path / "store", sgd_public(public), Capture()).begin()
    writer(a_round(1))
    export_store(UpdateStore(tmp_path / "store"), tmp_path / "out", kind)
    assert_same(UpdateStore(tmp_path / "store"), import_store(tmp_path / "out", tmp_path / "back"), tolerance)


def test_a_round_in_parts_and_only_chosen_rounds(tmp_path: Path, public, a_round) -> None:
    writer = StoreWriter(tmp_path / "store", public(), Capture()).begin()
    for number in (1, 2):
        whole = a_round(number, 4)
        for part in (0, 1):
            writer(Round(number, whole.broadcast, whole.updates[2 * part : 2 * part + 2], part, 2))
    export_store(UpdateStore(tmp_path / "store"), tmp_path / "out", "breaching", [2])
    back = import_store(tmp_path / "out", tmp_path / "back")
    assert back.rounds == (2,) and len(back.rows()) == 4
    (server,), (shared,) = payload(tmp_path / "out", 2, "client-0003")
    assert len(server["parameters"]) == len(shared["gradients"]) == 4
    (tmp_path / "out" / "round-000002.2-of-2.json").unlink()
    with pytest.raises(CaptureError, match="parts are missing of round 2"):
        import_store(tmp_path / "out", tmp_path / "other")
    assert not (tmp_path / "other").exists() and not list(tmp_path.glob(".*"))


def test_the_payload_is_spelled_as_breaching_reads_it(tmp_path: Path, public, a_round) -> None:
    seen = a_round(1)
    StoreWriter(tmp_path / "store", sgd_public(public), Capture()).begin()(seen)
    export_store(UpdateStore(tmp_path / "store"), tmp_path / "out", "breaching")
    (server,), (shared,) = payload(tmp_path / "out", 1, "client-0001")
    assert list(server) == ["parameters", "buffers", "metadata"] and list(shared) == [
        "gradients",
        "buffers",
        "metadata",
    ]
    assert server["metadata"].shape == [5] and server["metadata"]["modality"] == "vision"
    assert not hasattr(
        server["metadata"], "mean"
    )  # else breaching would take the features for images of three channels
    # 11 utterances, 4 at a time: three steps of 0.1
    hyper = {"lr": 0.1, "steps": 3, "data_per_step": 4, "labels": None}
    assert shared["metadata"] == {"num_data_points": 11, "labels": None, "local_hyperparams": hyper}
    for place, (name, model) in enumerate(seen.broadcast.items()):
        assert torch.equal(server["parameters"][place], torch.from_numpy(model))
        assert torch.equal(shared["gradients"][place], torch.from_numpy(seen.updates[1].arrays[name] - model))


def test_what_breaching_has_no_words_for_is_refused(tmp_path: Path, written) -> None:
    with pytest.raises(ConfigError, match="trained by unknown over 1 epochs"):
        export_store(written(tmp_path / "a", sends="parameters"), tmp_path / "out", "breaching")
    one_layer = written(tmp_path / "b", Capture(layers=("dense1",)))
    with pytest.raises(ConfigError, match="needs every layer"):
        export_store(one_layer, tmp_path / "out", "breaching")
    with pytest.raises(ConfigError, match=r"not captured: 7 \(captured: 1 to 3\)"):
        export_store(one_layer, tmp_path / "out", "npz", [2, 7])
    assert not (tmp_path / "out").exists()
    export_store(one_layer, tmp_path / "out", "npz")
    assert import_store(tmp_path / "out", tmp_path / "back").layers == ("dense1",)
    with pytest.raises(ConfigError, match="is there already"):
        export_store(one_layer, tmp_path / "out", "npz")


def test_what_travels_beside_a_model_is_nothing_that_breaching_knows(tmp_path: Path, public, a_round) -> None:
    plain = public()
    shapes = plain.parameters | {"beside.attribute_head.bias": (2,)}
    seen = a_round(1)
    head = {"beside.attribute_head.bias": np.zeros(2, np.float32)}
    updates = tuple(replace(update, arrays={**update.arrays, **head}) for update in seen.updates)
    store = StoreWriter(tmp_path / "store", plain.model_copy(update={"parameters": shapes}), Capture()).begin()
    store(replace(seen, broadcast={**seen.broadcast, **head}, updates=updates))
    with pytest.raises(ConfigError, match=r"with beside\.attribute_head\.bias beside the model, and breaching's"):
        export_store(UpdateStore(tmp_path / "store"), tmp_path / "out", "breaching")


def test_pickles_and_wrong_shapes_are_refused_and_nothing_is_left(tmp_path: Path, written) -> None:
    export_store(written(tmp_path / "store", rounds=1), tmp_path / "out", "npz")
    path = tmp_path / "out" / "round-000001.npz"
    arrays = dict(np.load(path))
    for bad, message in [
        (np.array([{}], dtype=object), "allow_pickle=False"),
        (
            np.zeros((2, 2), np.float32),
            r"client-0001/dense1.bias: float32 \(2, 2\), where dense1.bias is float32 \(3,\)",
        ),
    ]:
        np.savez(path, **(arrays | {"client-0001/dense1.bias": bad}))
        with pytest.raises(CaptureError, match=message):
            import_store(tmp_path / "out", tmp_path / "back")
    (tmp_path / "out" / "schema.json").write_text(json.dumps({"format": "pt"}))
    with pytest.raises(CaptureError, match=r"'pt' is unknown \(choose from npz, breaching\)"):
        import_store(tmp_path / "out", tmp_path / "back")
    assert not (tmp_path / "back").exists() and not list(tmp_path.glob(".*"))
