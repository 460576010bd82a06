"""What clients keep between their rounds: told on one by hand, in files that survive what may happen to a training."""

import os
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest

from fedser.algorithms import FedAvg, FedSGD
from fedser.defenses import Clip, Noise, Sign, TopK
from fedser.engine import Cohort, Flower, Inline
from fedser.engine.client_states import ClientStates
from fedser.engine.loop import Wanted
from fedser.engine.training import Keep, Training
from fedser.errors import CaptureError, ConfigError

COHORT = Cohort(workers=1)
ENGINES = {
    "inline": Inline(),
    "single": Cohort(workers=1, method="single"),
    "stacked": Cohort(workers=1, method="stacked"),
    "flower": Flower(grid="in_process", nodes=2),
}
DEFENSES = (Clip(norm=0.5), TopK(share=0.3), Noise(sigma=0.01), Sign(error_feedback=True))


def arrays(value):
    return {"a.weight": np.full((2, 3), value, np.float32), "a.bias": np.array([value, -value], np.float32)}


def value(kept):
    """That of ``arrays``, kept by the defense in place 1; None where nothing was kept."""
    return float(kept[1]["a.bias"][0]) if kept else None


@pytest.fixture
def states(tmp_path):
    return ClientStates(tmp_path / "clients")


def rounds_of(states):
    return sorted(path.name for path in states.folder.rglob("round-*"))


@pytest.mark.parametrize("client", ["client-00001", "a/b", "..", "é" * 300])
def test_what_was_kept_is_read_in_the_next_round(states, client):
    assert states.before(client, 1) == {} and not states.folder.exists()
    states.keep(client, 2, {0: {}, 1: arrays(0.5), 3: {"x": np.zeros(4, np.float32)}})
    found = states.before(client, 5)
    assert found.keys() == {1, 3} and found[1].keys() == arrays(0.5).keys()
    assert all(found[1][name].tobytes() == array.tobytes() for name, array in arrays(0.5).items())
    assert states.before("another", 5) == {} and states.before(client, 2) == {}


def test_what_was_written_in_rounds_that_come_again_is_not_read(states):
    for number in (1, 2, 3):
        states.keep("c", number, {1: arrays(number)})
    assert [value(states.before("c", number)) for number in (1, 2, 3, 4, 9)] == [None, 1, 2, 3, 3]
    states.keep("c", 2, {1: arrays(20)})
    assert value(states.before("c", 3)) == 20


def test_what_no_checkpoint_needs_is_removed(states):
    for number in (1, 2, 4, 5, 8):
        states.keep("c", number, {1: arrays(number)})
    left = []
    for checkpoint in (3, 6, 7, 9):
        states.forget(["c", "who never took part"], checkpoint)
        left.append([int(name[6:12]) for name in rounds_of(states)])
    assert left == [[2, 4, 5, 8], [5, 8], [5, 8], [8]]


def test_of_a_finished_training_only_the_last_is_left(world, run, tmp_path):
    made = world(algorithm=FedSGD(client_fraction=1.0), defenses=(TopK(share=0.3),))
    left = run(COHORT, made, tmp_path)
    kept = [name for name in left.files if name.startswith("clients/")]
    assert len(kept) == 5 and all(name.endswith("/round-000005.safetensors") for name in kept)


def test_a_file_that_was_half_written_is_cleared(states):
    states.keep("c", 1, {1: arrays(1)})
    (folder,) = states.folder.iterdir()
    (folder / ".round-000002.safetensors.7-0a1b2c3d.part").write_bytes(b"a beginning")
    assert value(states.before("c", 2)) == 1
    states.keep("c", 2, {1: arrays(2)})
    assert sorted(path.name for path in folder.iterdir()) == ["round-000001.safetensors", "round-000002.safetensors"]


def test_a_damaged_file_is_refused(states):
    states.keep("c", 1, {1: arrays(1)})
    (path,) = states.folder.rglob("round-*")
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(CaptureError) as caught:
        states.before("c", 2)
    assert str(caught.value).startswith(f"{path}: not a readable client's state (")
    assert str(caught.value).endswith("; delete its training's folder to start again")


def test_without_a_folder_a_defense_that_keeps_something_is_refused(world):
    made = world(defenses=(Clip(norm=1.0), TopK(share=0.1)))
    with pytest.raises(ConfigError) as caught:
        Training(made.simulation, made.data)
    assert str(caught.value) == (
        "training private-0: clients keep something between their rounds (top_k),"
        " but the training has no folder to keep it in"
    )


@pytest.mark.parametrize("defenses", [(), (Clip(norm=0.5),), (TopK(share=1.0), TopK(share=0.5, error_feedback=False))])
def test_where_no_defense_keeps_anything_nothing_is_there(world, run, training, tmp_path, defenses):
    made = world(defenses=defenses)
    assert training(made, tmp_path).client_states is None
    left = run(COHORT, made, tmp_path)
    assert left.error is None and not [name for name in left.files if name.startswith("clients")]


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("algorithm", [FedSGD(client_fraction=0.6), FedAvg(client_fraction=0.6)], ids=["sgd", "avg"])
def test_each_client_adds_what_it_has_not_sent_to_its_next_update(world, run, tmp_path, engine, algorithm):
    """By hand, from what each client would have sent at the models that were broadcast."""
    made, seen, plain = world(algorithm=algorithm, defenses=DEFENSES, rounds=6), [], []
    assert run(engine, made, tmp_path, seen.append).error is None
    asked = [Wanted(each.number, each.broadcast, [update.client for update in each.updates]) for each in seen]
    undefended = made.simulation.model_copy(update={"defenses": ()})
    engine_here = COHORT if isinstance(engine, Flower) else engine
    engine_here.ask(undefended, made.data.open(), asked, plain.append)
    clip, top, noise, sign = DEFENSES
    memory = {}
    for found, given in zip(seen, plain, strict=True):
        for after, before in zip(found.updates, given.updates, strict=True):
            stream = made.simulation.client_stream(after.client, found.number)
            own = [stream("defense", place, defense.name) for place, defense in enumerate(DEFENSES)]
            first, second = memory.get(after.client, ({}, {}))
            update = clip.on_update(algorithm.as_update(before.arrays, found.broadcast), own[0])
            update, first = top.on_round(update, first, own[1])
            update, second = sign.on_round(noise.on_update(update, own[2]), second, own[3])
            memory[after.client] = first, second
            for name, array in algorithm.as_sent(update, found.broadcast).items():
                assert np.array_equal(after.arrays[name], array)
    assert any(len([each for each in asked if client in each.clients]) > 2 for client in memory)


def test_only_who_took_part_has_kept_anything_and_the_attacker_sees_none_of_it(world, run, tmp_path):
    made = world(sizes=[5] * 20, algorithm=FedSGD(client_fraction=0.1), defenses=(TopK(share=0.2),), rounds=4)
    left = run(COHORT, made, tmp_path)
    names, states = made.data.open().clients, ClientStates(tmp_path / "clients")
    took_part = {client for number in range(1, 5) for client in made.simulation.sampled(names, number)}
    assert {client for client in names if states.before(client, 5)} == took_part and len(took_part) < 20
    assert len({name.split("/")[1] for name in left.files if name.startswith("clients/")}) == len(took_part)
    seen = b"".join(content for name, content in left.files.items() if name.startswith("updates/"))
    kept = [states.before(client, 5)[0]["dense1.weight"].tobytes() for client in took_part]
    assert not [residual for residual in kept if residual in seen]


@pytest.mark.parametrize("replies", ["updates", "sums"])
def test_flower_keeps_the_same_whatever_its_nodes_answer(world, run, tmp_path, replies):
    made = world(sizes=[3] * 40, algorithm=FedSGD(client_fraction=0.7), defenses=DEFENSES, rounds=3)
    expected = run(COHORT, made, tmp_path / "cohort")
    found = run(Flower(grid="in_process", nodes=3, replies=replies), made, tmp_path / replies)
    assert found.error is None and found.state.history == expected.state.history
    kept = {name: content for name, content in expected.files.items() if name.startswith("clients/")}
    assert kept and kept == {name: found.files[name] for name in found.files if name.startswith("clients/")}


def test_what_is_asked_at_a_model_of_another_training_is_a_clients_first_round(world, tmp_path):
    made, seen = world(algorithm=FedSGD(client_fraction=1.0), defenses=(TopK(share=0.3),)), []
    state = Inline().run(Training(made.simulation, made.data, keep=Keep(tmp_path / "state")))
    names = list(made.data.open().clients)
    Inline().ask(made.simulation, made.data.open(), [Wanted(7, state.model, names)] * 2, seen.append)
    for one, other in zip(seen[0].updates, seen[1].updates, strict=True):
        assert all(np.array_equal(one.arrays[name], other.arrays[name]) for name in one.arrays)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_a_full_disk_is_told_in_words(world, run, tmp_path, monkeypatch, engine):
    """Two clients' states are written, and the third is too much."""
    made, claimed = world(algorithm=FedSGD(client_fraction=1.0), defenses=(TopK(share=0.3),)), []
    claim = os.posix_fallocate

    def full(descriptor, start, size):
        if "clients" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            claimed.append(size)
            if len(claimed) > 2:
                raise OSError(28, "No space left on device")
        claim(descriptor, start, size)

    monkeypatch.setattr("os.posix_fallocate", full)
    left = run(engine, made, tmp_path)
    assert isinstance(left.error, CaptureError)
    assert "cannot write this client's state: the disk is full; all earlier rounds are kept" in str(left.error)


@pytest.mark.parametrize("engine", [*ENGINES.values(), Cohort(workers=2)], ids=[*ENGINES, "crew"])
def test_a_state_that_cannot_be_written_is_told_of_from_any_process(world, run, tmp_path, engine):
    """In a crew of two, the second client is the other process's."""
    made = world(algorithm=FedSGD(client_fraction=1.0), defenses=(TopK(share=0.3),))
    place = tmp_path / "clients" / blake2b(b"client-00001", digest_size=16).hexdigest()
    place.parent.mkdir()
    place.write_bytes(b"in its place")
    left = run(engine, made, tmp_path)
    assert isinstance(left.error, CaptureError)
    assert str(left.error).startswith(f"{place}/round-000001.safetensors: cannot write this client's state: ")
