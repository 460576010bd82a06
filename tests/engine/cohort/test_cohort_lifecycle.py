"""However a training ends, nothing that was captured is lost, nothing runs on, and it can be gone on with."""

import multiprocessing
import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fedser.algorithms import FedAvg, FedSGD
from fedser.engine import Cohort, Inline
from fedser.engine import loop as loop_module
from fedser.engine.checkpoint import load_state
from fedser.errors import CaptureError, ClientError
from fedser.pool import WorkerError
from fedser.updates.store import StoreWriter, UpdateStore

ONE, TWO = (Cohort(workers=workers, device="cpu") for workers in (1, 2))
SINGLE = ONE.model_copy(update={"method": "single"})
LOST_LATE = {"sizes": [9] * 40, "algorithm": FedAvg(client_fraction=0.1), "rounds": 8}


def latest(made, least=1):
    """The clients that are new in a round, sorted, and that round: the last with so many of them."""
    first, new = set(), {}
    for number in range(1, made.simulation.rounds + 1):
        sampled = set(made.simulation.sampled(made.data.open().clients, number))
        new[number] = sorted(sampled - first)
        first |= sampled
    return next((new[number], number) for number in sorted(new, reverse=True) if len(new[number]) >= least)


def places(clients):
    return [int(client[-5:]) for client in clients]


def failure(made, client, number):
    """What is said of a client whose features are not numbers."""
    return (
        f"training {made.simulation.training}, round {number}, {client}: the loss is nan: look for non-finite features,"
        f" or lower algorithm.learning_rate (it is {made.simulation.algorithm.learning_rate})"
    )


def test_clients_that_fail_in_a_crew(world, run, tmp_path):
    """Of several, the first is named, whoever trained it."""
    made = world(**LOST_LATE)
    clients, number = latest(made, least=3)
    whole = run(ONE, made, tmp_path / "whole", every=1)
    left = run(TWO, world(**LOST_LATE, broken=places(clients)), tmp_path / "left", every=1)
    assert type(left.error) is ClientError and str(left.error) == failure(made, clients[0], number)
    assert UpdateStore(tmp_path / "left" / "updates").rounds == tuple(range(1, number)) and number > 2
    assert run(ONE, world(**LOST_LATE), tmp_path / "left", every=1).files == whole.files
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(
    ("engine", "again"), [(SINGLE, SINGLE), (ONE, ONE), (TWO, ONE)], ids=["in-turn", "together", "side-by-side"]
)
def test_a_client_that_fails_in_one_of_several_trainings(world, run, run_all, tmp_path, engine, again):
    worlds = [world(training=name, where=name, **LOST_LATE) for name in ("private", "shadow")]
    clients, number = latest(worlds[0])
    whole = [run(again, made, tmp_path / f"{made.simulation.training}-whole", every=1) for made in worlds]
    world(where="private", broken=places(clients), **LOST_LATE)
    left, *_ = run_all(engine, worlds, tmp_path / "left", every=1)
    assert type(left.error) is ClientError and str(left.error) == failure(worlds[0], clients[0], number)
    assert left.error.exit_code == 1
    stored = UpdateStore(tmp_path / "left" / "private" / "updates")
    assert stored.rounds == tuple(range(1, number)) and [seen.number for seen in stored.read()] == list(stored.rounds)
    world(where="private", **LOST_LATE)
    resumed = run_all(again, worlds, tmp_path / "left", every=1)
    assert [each.files for each in resumed] == [each.files for each in whole]


def test_a_worker_that_is_killed_ends_the_training_which_goes_on_later(world, run, training, tmp_path):
    made = world(**LOST_LATE)
    whole = run(ONE, made, tmp_path / "whole", every=1)

    def kill(number):
        if number == 3:
            os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)

    with pytest.raises(WorkerError) as death:
        TWO.run(training(made, tmp_path / "cut", every=1, ticked=kill))
    assert death.value.exit_code == 1
    assert str(death.value) == (
        "a worker process died (killed, or out of memory?); finished rounds are kept, run again to resume"
    )
    assert load_state(tmp_path / "cut" / "state").round == 3
    assert run(ONE, made, tmp_path / "cut", every=1).files == whole.files
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
def test_an_interrupt_ends_all_processes_of_trainings_side_by_side(world, run, run_all, tmp_path):
    """Two trainings, each with a crew of two; what hears of their rounds is where Ctrl-C comes out."""
    worlds = [world(training=name, where=name, **LOST_LATE) for name in ("private", "shadow")]
    whole = [run(ONE, made, tmp_path / f"{made.simulation.training}-whole", every=1) for made in worlds]
    pids, shared, seen = set(), set(), set()

    def interrupt(number):
        pids.update(descendants(os.getpid()))
        shared.update(*map(shared_memory, pids))
        seen.add(number)
        if number == 5:
            raise KeyboardInterrupt

    four = TWO.model_copy(update={"workers": 4})
    cut = run_all(four, worlds, tmp_path / "cut", every=1, ticked=interrupt)
    assert all(type(left.error) is KeyboardInterrupt for left in cut)
    assert len(pids) >= 4 and len(shared) >= 2 and 5 in seen
    assert all(gone(pid) for pid in pids) and not [name for name in shared if Path(name).exists()]
    resumed = run_all(ONE, worlds, tmp_path / "cut", every=1)
    assert [left.files for left in resumed] == [left.files for left in whole]


def descendants(pid):
    """The processes that a process has started, and that those have started."""
    children = {int(stat.parent.name): parent(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
    found, last = {pid}, set()
    while found != last:
        last, found = found, found | {child for child, of in children.items() if of in found}
    return {child for child in found - {pid} if "resource_tracker" not in words(child)}


def parent(stat):
    try:
        return int(stat.read_text().rsplit(")", 1)[1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def words(pid):
    """How a process was called."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def shared_memory(pid):
    """The files of shared memory that a process looks into."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return set()
    return {line.split()[5] for line in lines if "/dev/shm/psm_" in line and "(deleted)" not in line}


def gone(pid, seconds=20):
    """Whether a process has ended within ``seconds``."""
    end = time.monotonic() + seconds
    while words(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("engine", [Inline(), SINGLE, ONE], ids=["inline", "single", "stacked"])
def test_observers_see_every_part_in_order_in_this_process(world, run, tmp_path, engine):
    seen, made = [], world(sizes=[3] * 130, algorithm=FedSGD(client_fraction=1.0), rounds=2)
    left = run(engine, made, tmp_path, lambda part: seen.append((part, os.getpid())))
    assert left.error is None and {pid for _, pid in seen} == {os.getpid()}
    places = [(part.number, part.part, part.parts, len(part.updates)) for part, _ in seen]
    assert places == [(number, place, 3, size) for number in (1, 2) for place, size in enumerate((64, 64, 2))]
    clients = [update.client for part, _ in seen for update in part.updates if part.number == 1]
    assert clients == made.simulation.sampled(made.data.open().clients, 1)


def test_observers_keep_trainings_in_this_process(world, run_all, tmp_path, monkeypatch):
    """Whatever the workers; those of a crew only do the arithmetic."""
    monkeypatch.setattr("fedser.engine.cohort.engine.run_side_by_side", None)
    seen = []
    made = [world(training=name, where=name, rounds=1) for name in ("a", "b")]
    monkeypatch.setattr(Cohort, "_with_crew", lambda self, training, workers: self._here(training))
    left = run_all(TWO, made, tmp_path, observers=(lambda part: seen.append(os.getpid()),))
    assert [each.error for each in left] == [None, None] and seen == [os.getpid()] * 2


@dataclass(frozen=True)
class Slow(StoreWriter):
    """A disk that is slow, and full at one round."""

    full_at: int = 0

    def __call__(self, seen):
        time.sleep(0.02)
        if seen.number == self.full_at:
            raise CaptureError(f"round {seen.number}: no space left on device")
        super().__call__(seen)


def slow(training, full_at=0):
    store = training.store
    return replace(training, store=Slow(store.folder, store.public, store.capture, store.reductions, full_at))


@pytest.mark.parametrize("engine", [Inline(), SINGLE, ONE], ids=["inline", "single", "stacked"])
@pytest.mark.parametrize("observers", [(), (lambda part: None,)], ids=["unseen", "observed"])
def test_no_state_is_kept_before_what_was_captured(world, training, tmp_path, monkeypatch, engine, observers):
    kept, save = [], loop_module.save_state

    def check(path, state):
        captured = UpdateStore(tmp_path / "updates").rounds if state.round else ()
        kept.append((state.round, captured))
        save(path, state)

    monkeypatch.setattr(loop_module, "save_state", check)
    made = world(sizes=[3] * 100, algorithm=FedSGD(client_fraction=1.0), rounds=5)
    engine.run(slow(training(made, tmp_path, every=2, observers=observers)))
    assert kept == [(number, tuple(range(1, number + 1))) for number in (2, 4, 5)]


@pytest.mark.parametrize("engine", [Inline(), SINGLE, ONE], ids=["inline", "single", "stacked"])
def test_a_full_disk_ends_the_training_and_keeps_what_was_written(world, run, training, tmp_path, engine):
    made = world(rounds=6)
    whole = run(engine, made, tmp_path / "whole", every=1)
    with pytest.raises(CaptureError, match=r"^round 3: no space left on device$"):
        engine.run(slow(training(made, tmp_path / "cut", every=1), full_at=3))
    assert load_state(tmp_path / "cut" / "state").round == 2
    assert {1, 2} <= set(UpdateStore(tmp_path / "cut" / "updates").rounds)
    assert run(engine, made, tmp_path / "cut", every=1).files == whole.files
