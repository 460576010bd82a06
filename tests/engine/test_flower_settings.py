"""What the Flower engine refuses before any work, and what importing it does not do."""

import os
import subprocess
import sys

import pytest
from pydantic import TypeAdapter, ValidationError

from fedser.engine import EngineConfig, Flower
from fedser.engine.flower import environment
from fedser.errors import ConfigError


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
    ],
)
def test_impossible_settings_are_refused(settings, text):
    with pytest.raises(ValidationError) as caught:
        Flower(**settings)
    assert text in str(caught.value)


def test_a_flower_training_is_on_ray_unless_told_otherwise():
    engine = TypeAdapter(EngineConfig).validate_python({"name": "flower", "workers": 2})
    assert engine == Flower(grid="ray", workers=2)


def test_more_workers_than_cores_are_refused_before_ray_starts(world):
    made, cores = world(), len(os.sched_getaffinity(0))
    with pytest.raises(ConfigError) as caught:
        Flower(grid="ray", workers=10_000).run(made.simulation, made.data)
    assert str(caught.value) == (
        f"engine.workers: 10000 processes of one core each, but there are {cores} cores;"
        f" choose at most {cores}, or leave it out"
    )


def test_importing_the_engines_imports_neither_flower_nor_ray():
    code = "import sys, fedser.engine; sys.exit(bool({'flwr', 'ray'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0


def test_flower_is_silenced_before_its_import_unless_told_otherwise(monkeypatch):
    for name in environment._SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FLWR_HOME", "/somewhere")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    environment.prepare()
    assert os.environ["FLWR_TELEMETRY_ENABLED"] == "0" and os.environ["FLWR_DISABLE_UPDATE_CHECK"] == "1"
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "1" and os.environ["FLWR_HOME"] == "/somewhere"


def test_the_environment_is_put_back(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "before")
    with pytest.raises(ZeroDivisionError), environment.restored():
        os.environ["PYTHONPATH"] = "after"
        os.environ["FEDSER_NEW"] = "1"
        raise ZeroDivisionError
    assert os.environ["PYTHONPATH"] == "before" and "FEDSER_NEW" not in os.environ
