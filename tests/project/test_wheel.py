"""The wheel holds the three packages, whole, and nothing else at its top level."""

import shutil
import sys
import zipfile
from pathlib import Path

import pytest

PACKAGES = ("attacks", "fedser", "simulations")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(root: Path, run, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built without a network from a copy of what a release holds."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, source)
    for name in PACKAGES:
        shutil.copytree(root / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    built = run(sys.executable, "-c", BUILD, str(target), cwd=source)
    assert built.returncode == 0, built.stderr
    (path,) = target.glob("*.whl")
    return zipfile.ZipFile(path)


def test_its_top_level_is_the_three_packages(wheel: zipfile.ZipFile) -> None:
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == set(PACKAGES)


def test_it_holds_every_file_of_them(root: Path, wheel: zipfile.ZipFile) -> None:
    files = {path for name in PACKAGES for path in (root / name).rglob("*") if path.is_file()}
    expected = {path.relative_to(root).as_posix() for path in files if "__pycache__" not in path.parts}
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == expected


def test_it_brings_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    texts = {
        name.split(".dist-info/")[-1]: wheel.read(name).decode() for name in wheel.namelist() if "dist-info" in name
    }
    assert "fedser = simulations.cli:main" in texts["entry_points.txt"]
    assert "License-Expression: Apache-2.0" in texts["METADATA"]
    assert "Apache License" in texts["licenses/LICENSE"]
