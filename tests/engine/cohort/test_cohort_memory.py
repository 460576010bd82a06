"""What trainings take of the memory: shared between the processes of one, and counted where several go on at once."""

import errno
import multiprocessing
import os
from pathlib import Path

import pytest

from fedser.algorithms import FedSGD
from fedser.engine import Cohort, evaluation
from fedser.engine.cohort import cost
from fedser.errors import EngineError
from fedser.models import MLP

TWO = Cohort(workers=2, device="cpu")
PARAMETERS = 12 * 8 + 8 + 8 * 6 + 6 + 6 * 4 + 4


def test_shared_memory_that_is_not_to_be_had_is_refused_before_anyone_trains(world, run, tmp_path, monkeypatch):
    """A worker that touches it is killed, as on a machine out of memory."""
    made, asked = world(model=MLP()), []

    def full(file, start, size):
        asked.append(Path(f"/proc/self/fd/{file}").readlink())
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    left = run(TWO, made, tmp_path)
    assert type(left.error) is EngineError and str(left.error) == (
        "engine.workers: they need 0 MiB of shared memory, and /dev/shm has less;"
        " choose 1, or give this machine more (docker run --shm-size)"
    )
    assert multiprocessing.active_children() == [] and len(asked) == 1 and not asked[0].exists()


def test_the_memory_is_shared_by_the_processes(world, run, run_all, tmp_path, monkeypatch):
    """Those of one training, and trainings side by side."""
    crews, sides = [], []

    def crew(training, compute, workers):
        crews.append((compute.memory, workers))
        raise EngineError("no crew")

    monkeypatch.setattr("fedser.engine.cohort.engine.Crew", crew)
    monkeypatch.setattr(
        "fedser.engine.cohort.engine.run_side_by_side",
        lambda engine, trainings, processes, finished: sides.append((engine.memory, engine.workers, processes)),
    )
    four = Cohort(workers=4, memory=6.0, device="cpu")
    run(four, world(), tmp_path)
    run_all(four, [world(training=name, where=name) for name in ("a", "b")], tmp_path)
    assert crews == [(1.5, 4)] and sides == [(3.0, 2, 2)]


@pytest.mark.parametrize(("clients", "rows"), [(3, 3), (100, 100), (150, 128)])
def test_a_crew_shares_what_it_has_under_way_and_no_more(world, run, tmp_path, monkeypatch, clients, rows):
    claimed, allocate = [], os.posix_fallocate

    def count(file, start, size):
        claimed.append(size)
        allocate(file, start, size)

    made = world(sizes=[3] * clients, algorithm=FedSGD(client_fraction=1.0), rounds=1)
    monkeypatch.setattr(os, "posix_fallocate", count)
    assert run(TWO, made, tmp_path).error is None
    assert claimed[:2] == [2 * 4 * PARAMETERS, 4 * PARAMETERS * rows]


def test_held_out_features_count_where_they_are_kept(world, monkeypatch):
    made = world(features=500)
    opened = made.data.open()
    held = 4 * 500 * (len(opened.partition.validation.rows) + len(opened.partition.test))
    kept = cost.gibibytes(made.simulation, opened)
    monkeypatch.setattr(evaluation, "RESIDENT", held - 1)
    assert kept - cost.gibibytes(made.simulation, opened) == pytest.approx(held / 2**30, rel=1e-6)
