"""Work in a process of its own: what comes back, and that nothing is left of it however it ends."""

import math
import mmap
import multiprocessing
import os
import time
from pathlib import Path

import numpy as np
import pytest

from fedser.engine.data import TrainingData
from fedser.errors import CaptureError
from fedser.updates.store import UpdateStore
from simulations.bench.apart import ApartError, apart
from simulations.bench.cold import run_cold
from simulations.bench.engines import REFERENCE
from simulations.bench.memory import own, peak
from simulations.bench.setting import Setting
from simulations.bench.side import Job


def test_a_result_comes_back() -> None:
    assert apart("root", math.sqrt, 9.0, timeout=60) == 3.0


def test_an_error_of_ours_comes_back_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(CaptureError) as refused:
        apart("store", UpdateStore, tmp_path, timeout=60)
    assert str(refused.value) == f"{tmp_path}: no update store here (public.json is missing)"


def test_any_other_error_is_told_with_what_was_printed() -> None:
    with pytest.raises(ApartError) as failed:
        apart("root", math.sqrt, -1.0, timeout=60)
    lines = str(failed.value).splitlines()
    assert lines[0] == "root: died with exit code 1"
    assert lines[-1].startswith("ValueError: ")


def test_a_death_is_told() -> None:
    with pytest.raises(ApartError, match=r"^work: died with exit code 3"):
        apart("work", os._exit, 3, timeout=60)


def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(ApartError, match=r"^nap: took longer than 0\.5 s"):
        apart("nap", time.sleep, 600, timeout=0.5)
    assert multiprocessing.active_children() == []


def test_memory_is_that_of_this_process() -> None:
    before = own()
    private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS  # pages that the heap cannot have had before
    held = np.frombuffer(mmap.mmap(-1, 64 << 20, private), np.uint8)
    held[:] = 1
    assert own() - before > 0.9 * held.nbytes
    assert peak() > held.nbytes


def test_a_training_apart_is_the_same_training(tiny: Setting, tiny_data: TrainingData) -> None:
    job = Job(tiny.simulation(tiny.fedavg, 2), tiny_data)
    cold = run_cold(REFERENCE, job, timeout=120)
    assert len(cold.rounds) == 2 and cold.rounds[0] > cold.rounds[1] > 0
    assert cold.peak_memory > cold.own_memory > 0
    assert cold.outcome.train_loss == REFERENCE.run(job, lambda: None).train_loss
