"""Reductions: what every one promises, and that it does not matter whether it was made at capture or later."""

import itertools
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fedser.errors import CaptureError, ConfigError
from fedser.updates import store as module
from fedser.updates.reductions import (
    Activations,
    Biases,
    LeastSquares,
    MeanInput,
    Moments,
    Pooled,
    Projection,
    PullBack,
    RecoveredInputs,
    ReductionConfig,
    Reductions,
    SecondMoments,
)
from fedser.updates.reductions.activations import through
from fedser.updates.reductions.mean_input import mean_input
from fedser.updates.store import Capture, StoreWriter, UpdateStore

REDUCED = Capture(store="reductions")
REDUCTIONS = [
    MeanInput(layer="dense1"),
    MeanInput(layer="dense2"),
    Moments(parameters=("dense1.weight", "dense1.bias")),
    Moments(parameters=("dense2.weight",)),
    Biases(parameters=("dense1.bias", "dense2.bias")),
    Activations(layers=("dense1", "dense2")),
    Pooled(layer="dense1"),
    Projection(parameters=("dense1.weight", "dense1.bias"), size=4),
    Projection(parameters=("dense1.weight", "dense1.bias"), size=7),
    LeastSquares(layer="dense1"),
    LeastSquares(layer="dense1", noise="estimated"),
    SecondMoments(layer="dense1"),
    PullBack(layers=("dense1", "dense2")),
    PullBack(layers=("dense1", "dense2"), map="linearised"),
    PullBack(layers=("dense1", "dense2"), trajectory="ends"),
    RecoveredInputs(layers=("dense1", "dense2")),
    RecoveredInputs(layers=("dense1", "dense2"), most=12),
]

each = pytest.mark.parametrize("reduction", REDUCTIONS, ids=lambda reduction: reduction.key)
senders = pytest.mark.parametrize("sends", ["gradient", "parameters"])


def test_the_battery_covers_the_union():
    assert {type(reduction) for reduction in REDUCTIONS} == set(get_args(Reductions))


@each
def test_it_is_a_value_with_a_key_of_its_own(reduction):
    adapter = TypeAdapter(ReductionConfig)
    assert adapter.validate_json(adapter.dump_json(reduction)) == reduction
    assert len({one.key for one in REDUCTIONS}) == len(REDUCTIONS) and "/" not in reduction.key
    assert reduction.summary() and reduction.source


@each
@senders
def test_its_arrays_are_as_it_says_and_its_inputs_left_alone(reduction, sends, public, a_round, same):
    seen = a_round(1)
    reduced = reduction(seen.updates[0], seen.broadcast, public(sends))
    assert {name: array.shape for name, array in reduced.items()} == reduction.shapes(public().parameters)
    assert all(array.dtype == np.float32 for array in reduced.values())
    assert set(reduction.reads) <= set(public().parameters)
    assert same(seen.updates[0].arrays, a_round(1).updates[0].arrays)
    assert same(seen.broadcast, a_round(1).broadcast)


@each
@senders
def test_it_reads_what_it_says(reduction, sends, public, a_round, same):
    seen = a_round(1)
    only = {name: seen.updates[0].arrays[name] for name in reduction.reads}
    broadcast = {name: seen.broadcast[name] for name in reduction.knows}
    few = reduction(replace(seen.updates[0], arrays=only), broadcast, public(sends))
    assert same(few, reduction(seen.updates[0], seen.broadcast, public(sends)))


@senders
@settings(max_examples=15)  # of 64
@given(places=st.sets(st.integers(1, 6)))
def test_at_capture_or_later_it_is_the_same_bit_for_bit(tmp_path_factory, public, a_round, same, sends, places):
    folders = [tmp_path_factory.mktemp("store") for _ in range(2)]
    full = StoreWriter(folders[0], public(sends), Capture()).begin()
    small = StoreWriter(folders[1], public(sends), REDUCED, tuple(REDUCTIONS)).begin()
    seen, starts = a_round(1, 7), sorted(places)
    full(seen)
    for part, (start, end) in enumerate(zip((0, *starts), (*starts, 7), strict=True)):
        small(replace(seen, updates=seen.updates[start:end], part=part, parts=len(starts) + 1))
    late, early = map(UpdateStore, folders)
    assert early.rows() == late.rows() and early.reductions == tuple(REDUCTIONS) and late.reductions == ()
    for update, reduction in itertools.product(seen.updates, REDUCTIONS):
        reduced = early.reduced(1, update.client, reduction)
        assert same(reduced, late.reduced(1, update.client, reduction)), reduction.key
        assert same(reduced, reduction(update, seen.broadcast, public(sends))), reduction.key


def test_a_reduced_store_holds_nothing_else(tmp_path, public, a_round):
    StoreWriter(tmp_path / "small", public(), REDUCED, (MeanInput(layer="dense1"),)).begin()(a_round(1))
    store = UpdateStore(tmp_path / "small")
    path = tmp_path / "small" / "round-000001.safetensors"
    assert store.layers == () and store.arrays(1, "client-0001") == {}
    with pytest.raises(CaptureError) as refusal:
        next(store.read())
    assert str(refusal.value) == f"{path}: the broadcast model was not captured"
    with pytest.raises(CaptureError) as refusal:
        store.reduced(1, "client-0001", MeanInput(layer="dense2"))
    assert str(refusal.value) == f"{path}: not captured: dense2.weight, dense2.bias, which mean_input.dense2 reads"


def test_layers_that_were_left_out_cannot_be_reduced(tmp_path, written):
    store = written(tmp_path, Capture(layers=("dense2",)))
    assert store.reduced(1, "client-0000", MeanInput(layer="dense2"))["mean"].shape == (3,)
    with pytest.raises(
        CaptureError, match=r": not captured: dense1\.weight, dense1\.bias, which mean_input\.dense1 reads$"
    ):
        store.reduced(1, "client-0000", MeanInput(layer="dense1"))


def test_it_is_computed_once_and_cannot_be_changed(tmp_path, written):
    store = written(tmp_path, rounds=1)
    first, again = (store.reduced(1, "client-0000", MeanInput(layer="dense1"))["mean"] for _ in range(2))
    assert np.shares_memory(first, again)
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1


@pytest.mark.parametrize("rounds", [0, 2.5, 6])
def test_what_does_not_fit_into_memory_is_computed_again(tmp_path, written, same, monkeypatch, rounds):
    """Six rounds of three clients, read four times in turn; of room for two and a half, two are held."""
    computed, compute = [], MeanInput.table
    monkeypatch.setattr(MeanInput, "table", lambda *seen: computed.append(1) or compute(*seen))
    written(tmp_path, rounds=6)
    expected = UpdateStore(tmp_path)
    monkeypatch.setattr(module, "HELD", int(rounds * 3 * 5 * 4))
    store, mean = UpdateStore(tmp_path), MeanInput(layer="dense1")
    for _ in range(4):
        for row in store.rows():
            store.reduced(row.round, row.client, mean)
    held = min(int(rounds), 6)
    assert len(computed) == held + 4 * (6 - held)
    for row in store.rows():
        assert same(store.reduced(row.round, row.client, mean), expected.reduced(row.round, row.client, mean))


def test_a_capture_of_nothing_or_of_both_is_refused(tmp_path, public):
    with pytest.raises(ConfigError) as refusal:
        StoreWriter(tmp_path, public(), REDUCED)
    assert str(refusal.value) == (
        "capture.store: reductions, but no attack declares one, so that nothing would be kept:"
        " add an attack that does, such as logistic, or store updates"
    )
    with pytest.raises(ConfigError, match=r"^capture\.store: updates, which leaves out mean_input\.dense1; choose red"):
        StoreWriter(tmp_path, public(), Capture(), (MeanInput(layer="dense1"),))
    for more in ({"layers": ("dense1",)}, {"precision": "float16"}):
        with pytest.raises(ValidationError, match="layers and precision are of whole updates: leave them out with sto"):
            Capture(store="reductions", **more)


@senders
def test_mean_inputs_of_models_are_those_of_their_steps(sends, public, a_round):
    seen = a_round(1)
    update, sign = seen.updates[0], -1 if sends == "parameters" else 1
    arrays = {name: seen.broadcast[name] + sign * array for name, array in update.arrays.items()}
    sent = update.arrays if sends == "gradient" else arrays
    reduced = MeanInput(layer="dense1")(replace(update, arrays=sent), seen.broadcast, public(sends))["mean"]
    expected = mean_input(update.arrays["dense1.weight"], update.arrays["dense1.bias"])
    np.testing.assert_allclose(reduced, expected, rtol=1e-4, atol=1e-5)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_the_layout_in_memory_changes_no_bit(out, inputs, seed):
    generator = np.random.default_rng(seed)
    weight, bias = (generator.standard_normal(shape).astype(np.float32) for shape in ((out, inputs), (out,)))
    moved = np.empty((out, 2 * inputs + 1), np.float32)[:, 1::2]
    moved[...] = weight
    expected = (np.sign(bias).astype(np.float64) @ weight) / np.abs(bias).sum()
    assert (mean_input(weight, bias) == mean_input(moved, bias)).all()
    np.testing.assert_allclose(mean_input(weight, bias), expected, rtol=1e-3, atol=1e-4)


def test_activations_point_where_the_inputs_do():
    """By hand: of one input, whose activations the second layer's gradient gives up to its residual."""
    rng = np.random.default_rng(0)
    weight, x = rng.normal(size=(2000, 6)), rng.normal(size=6)
    found = through(weight.astype(np.float32), np.maximum(weight @ x, 0).astype(np.float32))
    assert found @ x / np.linalg.norm(x) > 0.99 and np.linalg.norm(found) == pytest.approx(1.0, rel=1e-6)
    assert not through(weight.astype(np.float32), np.ones(2000, np.float32)).any()
