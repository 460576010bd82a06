"""Flower on a real Ray, started twice: interrupted, then resumed, with a worker killed on the way to a client's error.

Deselect with ``-m "not ray"``.
"""

import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedser.algorithms import FedAvg
from fedser.defenses import Noise
from fedser.engine import Flower, Inline
from fedser.errors import ClientError, EngineError

pytestmark = [
    pytest.mark.ray,
    # Ray 2.55 leaves to the collector some files it opens and the handle of a process that it ends.
    pytest.mark.filterwarnings(r"ignore:(unclosed file|subprocess \d+ is still running):ResourceWarning"),
]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Let the collector find what Ray has left while its warnings are still those of this file."""
    yield
    gc.collect()


def descendants() -> dict[int, str]:
    """The processes below this one, with their names as Ray sets them."""
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            names[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    below, found = {os.getpid()}, {}
    while fresh := {pid for pid, parent in parents.items() if parent in below and pid not in found and names[pid]}:
        found |= {pid: names[pid] for pid in fresh}
        below = fresh
    return found


def ended(before: dict[int, str]) -> bool:
    """Whether nothing has been left running; Ray's processes may take a moment to go."""
    until = time.monotonic() + 20
    while descendants().keys() - before.keys():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return not any("server_th" in thread.name for thread in threading.enumerate())


def interrupt(seen) -> None:
    if seen.number == 2:
        os.kill(os.getpid(), signal.SIGINT)


def kill_a_worker(seen) -> None:
    if seen.number == 4:
        os.kill(next(pid for pid, name in descendants().items() if "ray::ClientAppActor" in name), signal.SIGKILL)


def test_on_ray_a_training_leaves_what_the_plain_loop_leaves(world, run, tmp_path, capfd):
    # With this seed client 1 is sampled in round 6 for the first time.
    made = world(seed=46, broken=[1], rounds=8, algorithm=FedAvg(client_fraction=0.6), defenses=(Noise(sigma=0.01),))
    expected = run(Inline(), made, tmp_path / "inline", every=1)
    before, environment = descendants(), {name: os.environ.get(name) for name in ("PYTHONPATH", "OMP_NUM_THREADS")}
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    cut = run(Flower(grid="ray", nodes=2, workers=1), made, tmp_path / "ray", interrupt, every=1)
    assert isinstance(cut.error, KeyboardInterrupt) and ended(before)
    rounds = [f"updates/round-{number:06d}.safetensors" for number in (1, 2)]
    assert sorted(cut.files) == ["state", "updates/public.json", *rounds]
    assert capfd.readouterr() == ("", "")

    left = run(Flower(grid="ray", nodes="per_client"), made, tmp_path / "ray", kill_a_worker, every=1)
    assert isinstance(left.error, ClientError) and ended(before)
    assert str(left.error) == str(expected.error)
    assert "round 6, client-00001: the loss is nan" in str(left.error)
    assert left.files == expected.files and len(left.files) == 7
    assert {name: os.environ.get(name) for name in environment} == environment
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_a_ray_that_cannot_start_is_an_error_and_not_a_wait(world, run, tmp_path, monkeypatch):
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    monkeypatch.setenv("RAY_TMPDIR", str(folder))
    before = descendants()
    left = run(Flower(grid="ray", nodes=2), world(), tmp_path)
    assert isinstance(left.error, EngineError)
    reason = "OSError: validate_socket_filename failed: AF_UNIX path length cannot exceed 107 bytes"
    assert str(left.error).startswith(f"engine.grid: Ray has failed: {reason}")
    assert ended(before)


def test_a_ray_that_someone_else_uses_is_left_alone(world, run, tmp_path, monkeypatch):
    monkeypatch.setattr("ray.is_initialized", lambda: True)
    left = run(Flower(grid="ray"), world(), tmp_path)
    assert isinstance(left.error, EngineError)
    assert str(left.error) == "engine.grid: Ray is already in use in this process; choose grid: in_process here"
