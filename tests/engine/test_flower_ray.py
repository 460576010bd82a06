"""Flower on a real Ray: interrupted, resumed, terminated, kept, with a worker killed on the way to a client's error.

Deselect with ``-m "not ray"``.
"""

import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedser.algorithms import FedAvg, FedSGD
from fedser.defenses import Noise, SecureAggregation, TopK
from fedser.engine import Cohort, Flower
from fedser.errors import ClientError, EngineError
from fedser.updates.store import UpdateStore

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


@pytest.fixture(scope="module", autouse=True)
def last_ray_ends() -> Iterator[None]:
    """End the Ray that the last test may have kept."""
    yield
    if cluster := sys.modules.get("fedser.engine.flower.ray_cluster"):
        cluster.end()


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
    return True


def send(number: int, to_round: int):
    def observe(seen) -> None:
        if seen.number == to_round:
            os.kill(os.getpid(), number)

    return observe


def workers() -> set[int]:
    return {pid for pid, name in descendants().items() if "ray::Worker" in name}


def kill_a_worker(seen) -> None:
    if seen.number == 4:
        os.kill(min(workers()), signal.SIGKILL)


def captured(folder: Path) -> list[tuple]:
    store = UpdateStore(folder / "updates")
    return [
        (*row, *(array.tobytes() for array in store.arrays(row.round, row.client).values())) for row in store.rows()
    ]


def kept_by_clients(left) -> set[str]:
    return {name for name in left.files if name.startswith("clients/")}


def handlers() -> list:
    return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


@pytest.fixture
def ctrl_c():
    """Ctrl-C acts as in a shell's foreground: its background jobs begin with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_a_training_that_is_stopped_leaves_no_process_and_goes_on_later(world, run, tmp_path, capfd):
    made = world(rounds=5, algorithm=FedAvg(client_fraction=0.6), defenses=(Noise(sigma=0.01), TopK(share=0.3)))
    before, environment, acting = descendants(), dict(os.environ), handlers()
    engine = Flower(grid="ray", nodes=2, workers=1)
    for number, to_round, kind in ((signal.SIGINT, 2, KeyboardInterrupt), (signal.SIGTERM, 4, SystemExit)):
        left = run(engine, made, tmp_path / "ray", send(number, to_round), every=1)
        assert isinstance(left.error, kind) and ended(before)
        rounds = [f"updates/round-{number:06d}.safetensors" for number in range(1, to_round + 1)]
        assert sorted(left.files.keys() - kept_by_clients(left)) == ["state", "updates/public.json", *rounds]
        assert kept_by_clients(left)
        assert handlers() == acting
        if kind is SystemExit:
            assert left.error.code == 128 + signal.SIGTERM
    assert capfd.readouterr() == ("", "")
    assert {name: os.environ.get(name) for name in environment} == environment

    expected = run(Cohort(workers=1), made, tmp_path / "cohort", every=1)
    left = run(Flower(grid="in_process"), made, tmp_path / "ray", every=1)
    assert left.error is None and left.files == expected.files


def test_secagg_plus_between_rays_nodes_is_that_of_nodes_in_this_process(world, run, tmp_path):
    defense = SecureAggregation(protocol="secagg_plus", shares=3)
    made = world(rounds=1, algorithm=FedSGD(client_fraction=1.0), defenses=(defense,))
    expected = run(Flower(grid="in_process", nodes="per_client"), made, tmp_path / "here")
    left = run(Flower(grid="ray", nodes="per_client", workers=1), made, tmp_path / "ray")
    assert left.error is None and left.files == expected.files


def test_each_worker_has_a_gpu_of_its_own(monkeypatch):
    from fedser.engine.flower import ray_cluster

    def visible(worker) -> str | None:
        return os.environ.get("CUDA_VISIBLE_DEVICES")

    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)  # Ray counts what it is told; torch finds none
    ray_cluster.end()  # one that another test has left has no GPU, and would wait for it for ever
    found = []
    for on_gpus in (False, True):
        with ray_cluster.ray_workers(2, on_gpus) as hired:
            asked = [worker.__ray_call__.remote(visible) for worker in hired]
            found.append(ray_cluster.ray.get(asked, timeout=60))
    ray_cluster.end()
    assert found[0] == [os.environ.get("CUDA_VISIBLE_DEVICES")] * 2 and sorted(found[1]) == ["0", "1"]


def test_ray_is_kept_until_a_client_fails_and_a_killed_worker_is_replaced(world, run, tmp_path):
    before = descendants()
    summed = world([3] * 70, rounds=2, algorithm=FedSGD(client_fraction=1.0))
    expected = run(Cohort(workers=1), summed, tmp_path / "cohort-sums")
    left = run(Flower(grid="ray", workers=2), summed, tmp_path / "sums")
    assert left.error is None and left.state.history == expected.state.history
    assert left.files["state"] == expected.files["state"] and len(left.files) == 2 + 2 * 2
    assert captured(tmp_path / "sums") == captured(tmp_path / "cohort-sums")
    kept = workers()
    assert len(kept) == 2

    # With this seed client 1 is sampled in round 6 for the first time.
    made = world(seed=46, broken=[1], rounds=8, algorithm=FedAvg(client_fraction=0.6))
    expected = run(Cohort(workers=1), made, tmp_path / "cohort", every=1)
    observed: list[set[int]] = []
    engine = Flower(grid="ray", nodes="per_client", workers=2)
    left = run(engine, made, tmp_path / "ray", lambda _: observed.append(workers()), kill_a_worker, every=1)
    assert observed[0] == kept and len(observed[4] & kept) == 1 and len(observed[4] - kept) == 1
    assert isinstance(left.error, ClientError) and str(left.error) == str(expected.error)
    assert "round 6, client-00001: the loss is nan" in str(left.error)
    assert left.files == expected.files and len(left.files) == 7
    assert ended(before) and not workers()


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
    monkeypatch.setattr("ray.shutdown", lambda: pytest.fail("it is not ours"))
    left = run(Flower(grid="ray"), world(), tmp_path)
    assert isinstance(left.error, EngineError)
    assert str(left.error) == "engine.grid: Ray is already in use in this process; choose grid: in_process here"
