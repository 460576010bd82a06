"""What an import costs, and what it may reach: the layers and the attackers' wall."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY = ("flwr", "matplotlib", "opensmile", "pandas", "ray", "sklearn", "torch")
PACKAGES = ("attacks", "fedser", "simulations")
# The white-box threat model: what an attacker's code may use besides the update store.
GRANTED = {"artifacts", "config", "devices", "errors", "metrics", "models", "pool", "seeds", "updates"}


@pytest.mark.parametrize(
    "module", ["fedser", "fedser.config", "fedser.features", "fedser.seeds", "simulations", "simulations.cli"]
)
def test_importing_it_is_quick(run, module: str) -> None:
    code = f"import sys, {module}; print(*sorted(set({HEAVY}) & set(sys.modules)))"
    result = run(sys.executable, "-c", code)
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, "", "")


def test_the_layers_hold(run, root: Path) -> None:
    result = run("lint-imports", "--no-cache", cwd=root)
    assert result.returncode == 0, result.stdout


def test_an_attacker_is_walled_off_from_all_that_is_not_granted(root: Path, pyproject: dict[str, Any]) -> None:
    (wall,) = [
        each for each in pyproject["tool"]["importlinter"]["contracts"] if each.get("source_modules") == ["attacks"]
    ]
    parts = {
        path.stem for path in (root / "fedser").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    forbidden = {f"fedser.{part}" for part in parts - GRANTED - {"__init__"}}
    assert set(wall["forbidden_modules"]) == forbidden | {"simulations"}


@pytest.mark.parametrize(
    ("place", "line", "contract"),
    [
        ("attacks/spy.py", "from fedser.corpora import corpus", "An attacker sees the updates, not the data"),
        ("attacks/spy.py", "def f():\n    import simulations.cli", "An attacker sees the updates, not the data"),
        ("attacks/spy.py", "from simulations.stages.truth import owners", "An attacker sees the updates, not the data"),
        ("fedser/updates/spy.py", "import fedser.corpora", "Layers of fedser"),
        ("attacks/spy.py", "import ray", "Only the Flower engine knows Flower and Ray"),
        ("simulations/spy.py", "import flwr", "Only the Flower engine knows Flower and Ray"),
        ("fedser/metrics/spy.py", "import fedser.models", "Layers of fedser"),
        ("fedser/models/spy.py", "import attacks", "Imports point down"),
        ("fedser/spy.py", "import numpy", "Layers of fedser"),
    ],
)
def test_an_import_that_breaks_a_contract_is_found(
    run, root: Path, tmp_path: Path, place: str, line: str, contract: str
) -> None:
    shutil.copy(root / "pyproject.toml", tmp_path)
    for name in PACKAGES:
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / place).write_text(line + "\n")
    result = run("lint-imports", "--no-cache", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert result.returncode == 1, result.stdout
    assert f"{contract} BROKEN" in result.stdout
