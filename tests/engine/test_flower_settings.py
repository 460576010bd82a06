"""What the Flower engine refuses before any work, and what importing it does not do."""

import os
import subprocess
import sys

import pytest
from pydantic import TypeAdapter, ValidationError

from fedser.engine import EngineConfig, Flower
from fedser.engine.flower import environment
from fedser.errors import ConfigError
from fedser.pool import cores


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"nodes": 0}, "nodes: should be at least 1 or 'per_client', got 0"),
        (
            {"grid": "in_process", "workers": 2},
            "workers: the grid in_process has none; leave it out, or choose grid: ray",
        ),
        ({"grid": "ray", "workers": 0}, "Input should be greater than or equal to 1"),
        ({"grid": "cloud"}, "Input should be 'ray' or 'in_process'"),
        ({"timeout": 0.0}, "Input should be greater than 0"),
        ({"replies": "none"}, "Input should be 'auto', 'updates' or 'sums'"),
        ({"device": "cuda:1"}, "device: cuda:1, but Ray gives each worker a GPU of its own; choose cuda"),
        ({"device": "gpu"}, "unknown 'gpu' (choose from auto, cpu, cuda, cuda:0, cuda:1, ...)"),
    ],
)
def test_impossible_settings_are_refused(settings, text):
    with pytest.raises(ValidationError) as caught:
        Flower(**settings)
    assert text in str(caught.value)


def test_a_flower_training_is_on_ray_unless_told_otherwise():
    engine = TypeAdapter(EngineConfig).validate_python({"name": "flower", "workers": 2})
    assert engine == Flower(grid="ray", workers=2)


def test_more_workers_than_cores_are_refused_before_ray_starts(world, training, tmp_path):
    have = cores()
    with pytest.raises(ConfigError) as caught:
        Flower(grid="ray", workers=10_000).run(training(world(), tmp_path))
    assert str(caught.value) == (
        f"engine.workers: 10000 processes of one core each, but there are {have} cores;"
        f" choose at most {have}, or leave it out"
    )


def test_more_workers_than_gpus_are_refused_before_ray_starts(world, training, tmp_path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.current_device", lambda: 0)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    with pytest.raises(ConfigError) as caught:
        Flower(grid="ray", device="cuda", workers=3).run(training(world(), tmp_path))
    assert str(caught.value) == (
        "engine.workers: 3 processes of one GPU each, but there are 2 GPUs; choose at most 2, or leave it out"
    )


@pytest.mark.parametrize("grid", ["ray", "in_process"])
def test_a_gpu_that_is_not_there_is_refused(world, training, tmp_path, grid):
    with pytest.raises(ConfigError) as caught:
        Flower(grid=grid, device="cuda").run(training(world(), tmp_path))
    assert "engine.device: 'cuda', but torch finds no CUDA device here (choose from auto, cpu)" in str(caught.value)


def test_sums_are_refused_where_someone_looks_at_the_updates(world, training, tmp_path):
    with pytest.raises(ConfigError) as caught:
        Flower(grid="in_process", replies="sums").run(training(world(), tmp_path, observers=(print,)))
    assert str(caught.value) == "engine.replies: sums, but someone looks at the updates; choose auto or updates"


def test_importing_the_engines_imports_neither_flower_nor_ray():
    code = "import sys, fedser.engine; sys.exit(bool({'flwr', 'ray'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0


@pytest.fixture
def unset(monkeypatch):
    """As before anything was set or imported, and afterwards as it was."""
    for name in (*environment._SETTINGS, "FLWR_HOME", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.delitem(sys.modules, "ray", raising=False)
    return monkeypatch


def test_flower_is_silenced_before_its_import_unless_told_otherwise(unset):
    unset.setenv("FLWR_HOME", "/somewhere")
    unset.setenv("RAY_USAGE_STATS_ENABLED", "1")
    environment.prepare()
    assert os.environ["FLWR_TELEMETRY_ENABLED"] == "0" and os.environ["FLWR_DISABLE_UPDATE_CHECK"] == "1"
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "1" and os.environ["FLWR_HOME"] == "/somewhere"


def test_rays_ports_ask_for_a_word_that_no_one_can_guess(unset):
    words = []
    for _ in range(2):
        environment.prepare()
        words.append(os.environ["RAY_AUTH_TOKEN"])
        environment.prepare()
        assert os.environ["RAY_AUTH_MODE"] == "token" and os.environ["RAY_AUTH_TOKEN"] == words[-1]
        unset.delenv("RAY_AUTH_MODE")
    assert len(words[0]) == 64 and words[0] != words[1]


@pytest.mark.parametrize("imported", [False, True])
def test_ray_is_as_open_as_its_user_says_or_as_it_was_when_imported(unset, imported):
    if imported:
        unset.setitem(sys.modules, "ray", None)
    else:
        unset.setenv("RAY_AUTH_MODE", "disabled")
    environment.prepare()
    assert os.environ.get("RAY_AUTH_MODE") == (None if imported else "disabled")
    assert "RAY_AUTH_TOKEN" not in os.environ


@pytest.mark.parametrize(
    ("engine", "most", "workers"),
    [
        (Flower(), 1, 1),
        (Flower(), None, None),
        (Flower(workers=1), 7, 1),
        (Flower(workers=cores()), 1, 1),
        (Flower(), 10_000, cores()),
        (Flower(grid="in_process"), 1, None),
    ],
)
def test_trainings_one_after_the_other_keep_to_the_cores_they_are_given(monkeypatch, engine, most, workers):
    seen, ends = [], []
    monkeypatch.setattr(Flower, "run", lambda self, training: seen.append((self.workers, training)) or training)
    engine.run_all(["one", "two"], lambda *end: ends.append(end), most)
    assert seen == [(workers, "one"), (workers, "two")] and ends == [(0, "one"), (1, "two")]
