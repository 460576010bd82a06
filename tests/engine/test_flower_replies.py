"""Sums or whole updates, one node or many: the same weights, scores and captures, to the bit."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedser.algorithms import FedAvg, FedSGD
from fedser.algorithms.average import blocks
from fedser.defenses import Noise
from fedser.engine import Cohort, Flower, Inline
from fedser.engine.cohort.compute import InlineWarning
from fedser.engine.flower.arrays import Array
from fedser.engine.flower.dealing import runs
from fedser.errors import CaptureError, ClientError
from fedser.models import MLP
from fedser.updates.store import Capture, UpdateStore
from fedser.updates.update import PART

ALGORITHMS = {"fedsgd": FedSGD(client_fraction=1.0), "fedavg": FedAvg(client_fraction=0.9)}


def captured(folder):
    """Everything an attacker reads of a store."""
    store = UpdateStore(folder / "updates")
    for row in store.rows():
        arrays = store.arrays(row.round, row.client)
        yield *row, *(array.tobytes() for array in arrays.values())
    for number in store.rounds:
        yield number, *(array.tobytes() for array in store.broadcast(number).values())


def weights(left):
    return [array.tobytes() for array in (*left.state.model.values(), *left.state.best.values())]


@given(clients=st.integers(1, 3000), nodes=st.integers(1, 40))
def test_runs_are_whole_blocks_of_all_clients_shared_evenly(clients, nodes):
    made = runs(clients, nodes)
    assert made[0].start == 0 and made[-1].stop == clients
    assert all(one.stop == other.start for one, other in pairwise(made))
    assert {run.start for run in made} <= {block.start for block in blocks(clients)}
    assert all(0 < len(run) <= PART for run in made)
    assert len(made) >= min(nodes, len(blocks(clients)))
    assert len(made) == min(nodes, len(blocks(clients))) or clients > nodes * PART // 2


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(1, 45), min_size=1, max_size=90),
    algorithm=st.sampled_from(list(ALGORITHMS)),
    hidden=st.lists(st.integers(1, 9), min_size=1, max_size=2),
    nodes=st.one_of(st.integers(1, 7), st.just("per_client")),
    replies=st.sampled_from(["auto", "updates", "sums"]),
    defended=st.booleans(),
)
def test_neither_nodes_nor_replies_change_a_bit(
    world, run, tmp_path_factory, sizes, algorithm, hidden, nodes, replies, defended
):
    folder = tmp_path_factory.mktemp("run")
    defenses = (Noise(sigma=0.01),) if defended else ()
    made = world(
        sizes,
        algorithm=ALGORITHMS[algorithm],
        model=MLP(hidden=tuple(hidden), dropout=(0.2,) * len(hidden)),
        rounds=2,
        defenses=defenses,
    )
    expected = run(Cohort(workers=1), made, folder / "cohort")
    found = run(Flower(grid="in_process", nodes=nodes, replies=replies), made, folder / "flower")
    assert expected.error is None and found.error is None
    assert weights(found) == weights(expected)
    assert repr(found.state.history) == repr(expected.state.history)  # NaN is equal to NaN here
    assert list(captured(folder / "flower")) == list(captured(folder / "cohort"))
    if replies == "updates":
        assert found.files == expected.files


@pytest.mark.parametrize(("sizes", "files"), [([2] * 64, 2), ([2] * 63, 1)])
def test_large_rounds_are_captured_by_the_nodes(world, run, tmp_path, sizes, files):
    made = world(sizes, algorithm=ALGORITHMS["fedsgd"], rounds=1)
    left = run(Flower(grid="in_process", nodes=2), made, tmp_path)
    assert sum(name.startswith("updates/round") for name in left.files) == files


def test_who_looks_at_the_updates_sees_them(world, run, tmp_path):
    made, seen = world([2] * 130, algorithm=ALGORITHMS["fedsgd"], rounds=2), []
    run(Flower(grid="in_process", nodes=2), made, tmp_path, seen.append)
    assert [(part.number, part.part, part.parts, len(part.updates)) for part in seen] == [
        (number, part, 3, size) for number in (1, 2) for part, size in enumerate((64, 64, 2))
    ]


@pytest.mark.parametrize("observed", [True, False])
def test_what_observers_keep_lies_in_no_other_processs_memory(world, run, tmp_path, monkeypatch, observed):
    """As from Ray, whose arrays are read-only and fill its store as long as anyone holds them."""
    made, seen, shared, numpy = world(), [], [], Array.numpy

    def look(array):
        view = numpy(array).view()
        view.flags.writeable = False
        shared.append(view)
        return view

    monkeypatch.setattr(Array, "numpy", look)
    monkeypatch.setattr("fedser.updates.writer.write_updates", lambda folder, part, *_: seen.append(part))
    assert run(Flower(grid="in_process", nodes=2), made, tmp_path, *[print] * observed).error is None
    kept = [array for part in seen for update in part.updates for array in update.arrays.values()]
    assert kept and {array.flags.writeable for array in kept} == {observed}
    assert any(array is view for array in kept for view in shared) != observed


@pytest.mark.parametrize("replies", ["updates", "sums"])
@pytest.mark.parametrize("nodes", [1, 3, "per_client"])
def test_the_first_clients_error_is_raised(world, run, tmp_path, nodes, replies):
    made = world([4] * 20, broken=[17, 3, 4], algorithm=ALGORITHMS["fedsgd"], rounds=1)
    left = run(Flower(grid="in_process", nodes=nodes, replies=replies), made, tmp_path)
    assert isinstance(left.error, ClientError)
    assert "training private-0, round 1, client-00003: the loss is nan" in str(left.error)


def test_a_node_whose_disk_is_full_says_so(world, training, tmp_path, monkeypatch):
    def full(*_):
        raise CaptureError("updates/round-000001: no space left on device")

    monkeypatch.setattr("fedser.updates.writer.write_updates", full)
    with pytest.raises(CaptureError, match="no space left on device"):
        Flower(grid="in_process", nodes=2, replies="sums").run(training(world(), tmp_path))


def test_a_relative_store_is_found_by_every_node(world, training, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = training(world(rounds=1), tmp_path.relative_to(tmp_path))
    Flower(grid="in_process", nodes=2, replies="sums").run(made)
    assert UpdateStore(tmp_path / "updates").rounds == (1,)


def test_rounds_that_are_not_kept_are_not_written_by_nodes_either(world, training, tmp_path):
    made = training(world(), tmp_path)
    store = replace(made.store, capture=Capture(every=2))
    Flower(grid="in_process", replies="sums").run(replace(made, store=store))
    assert UpdateStore(tmp_path / "updates").rounds == (1, 3, 5)


def test_a_training_without_a_store_can_be_summed_too(world, training, run, tmp_path):
    made = world()
    left = run(Cohort(workers=1), made, tmp_path / "cohort")
    state = Flower(grid="in_process", replies="sums").run(replace(training(made, tmp_path), store=None))
    assert state.history == left.state.history


@pytest.mark.parametrize("nodes", [1, 2])
def test_a_model_without_passes_of_its_own_is_trained_visibly_as_inline_does(world, run, tmp_path, monkeypatch, nodes):
    made = world(algorithm=ALGORITHMS["fedavg"])
    expected = run(Inline(), made, tmp_path / "inline")
    monkeypatch.setattr("fedser.engine.cohort.bench.Bench.has_kernel", False)
    with pytest.warns(InlineWarning, match="training private-0: model mlp has no passes of its own"):
        found = run(Flower(grid="in_process", nodes=nodes), made, tmp_path / "flower")
    assert found.error is None and found.files == expected.files
