"""The Makefile: what each target would do, and what it says where it cannot."""

from pathlib import Path

import pytest

TARGETS = {
    "demo": "fedser run configs/demo.yaml",
    "demo-text": "fedser run configs/text/meld.yaml",
    "test": "python -m pytest",
    "check": "mypy",
    "bench": "fedser bench",
    "constraints": "pip freeze",
}


@pytest.mark.parametrize(("target", "command"), TARGETS.items())
def test_a_target_sets_itself_up_and_does_its_work(run, tmp_path: Path, target: str, command: str) -> None:
    dry = run("make", "-n", target, f"VENV={tmp_path / 'venv'}")
    assert (dry.returncode, dry.stderr) == (0, "")
    lines = dry.stdout.splitlines()
    made = next(number for number, line in enumerate(lines) if "-m venv" in line)
    torch = next(number for number, line in enumerate(lines) if "pip" in line and "torch" in line)
    work = next(number for number, line in enumerate(lines) if command in line)
    assert made < torch < work


def test_a_second_call_installs_nothing_until_the_pins_change(run, root: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    for stamp in ("bin/python", ".torch", ".run", ".test", ".dev"):
        (venv / stamp).touch()
    for target in ("demo", "test", "check"):
        again = run("make", "-n", target, f"VENV={venv}")
        assert "pip" not in again.stdout
        changed = run("make", "-n", target, f"VENV={venv}", "-W", "constraints.txt")
        assert "pip" in changed.stdout


@pytest.mark.parametrize("version", ["Python 3.10.4", "Python 3.14.0"])
def test_an_interpreter_that_does_not_do_is_refused_by_name(run, tmp_path: Path, version: str) -> None:
    number = tuple(map(int, version.split()[1].split(".")))
    python = tmp_path / "python"
    python.write_text(
        f"#!/bin/sh\n"
        f'if [ "$1" = --version ]; then echo "{version}"; exit; fi\n'
        f'exec python3 -c "import sys; sys.version_info = {number}; exec(sys.argv[1])" "$2"\n'
    )
    python.chmod(0o755)
    refused = run("make", "test", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}")
    assert refused.returncode == 2
    assert f"fedser needs Python 3.11, 3.12 or 3.13, but '{python} --version' says: {version}." in refused.stderr
    assert "make test PYTHON=python3.12" in refused.stderr
    assert not (tmp_path / "venv").exists()


def test_make_alone_lists_the_targets(run) -> None:
    listed = run("make")
    assert {line.split()[0] for line in listed.stdout.splitlines()} >= {*TARGETS, "help", "clean"}


def test_continuous_integration_calls_what_a_developer_calls(root: Path) -> None:
    commands = (root / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert commands[-2:] == ["make check", "make test"]
    assert "run: .ci/run" in (root / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
