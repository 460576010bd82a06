"""Small studies on synthetic speech, whose audio and features are made once for all tests of a session."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml


def study(**changes: Any) -> dict[str, Any]:
    """A whole experiment that takes seconds; ``changes`` replace top-level keys."""
    corpora = [
        {"name": "synthetic", "corpus": name, "speakers": 8, "utterances_per_emotion": 2} for name in ("a", "b", "c")
    ]
    return {
        "name": "small",
        "seed": 3,
        "corpora": {"private": corpora[0], "shadow": corpora[1:]},
        "features": {"name": "opensmile", "feature_set": "emobase"},
        "partition": {"name": "speaker", "normalise": "corpus", "folds": {"number": 2}},
        "model": {"name": "mlp", "hidden": [16, 8], "dropout": [0.2, 0.2]},
        "algorithm": {"name": "fedsgd", "client_fraction": 0.5},
        "rounds": 6,
        "engine": {"name": "inline"},
        "trainings": {"shadow": 2},
        "attacks": [{"name": "logistic"}, {"name": "majority"}],
        "oracle": {"name": "oracle"},
        "scores": {"bootstrap": 100, "observed_draws": 3},
    } | changes


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache of synthetic audio and of features for the session."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def machine(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No corpora but those that a test names, and the session's cache."""
    monkeypatch.setenv("FEDSER_CACHE", str(cache))
    monkeypatch.delenv("FEDSER_DATA", raising=False)


@pytest.fixture(autouse=True)
def undrawn(request: pytest.FixtureRequest) -> None:
    """What studies compute is tested here; how figures are drawn, in those of reports, and where ``drawn`` is asked."""
    if "drawn" not in request.fixturenames:
        request.getfixturevalue("blank_figures")


@pytest.fixture
def drawn() -> None:
    """Figures are drawn."""


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small study's YAML file, with some of its keys changed."""

    def write(**changes: Any) -> Path:
        path = tmp_path / "small.yaml"
        path.write_text(yaml.safe_dump(study(**changes), sort_keys=False), encoding="utf-8")
        return path

    return write


@pytest.fixture
def fedser(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """The command line, in this process: (exit code, standard output, standard error)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        from simulations.cli import main

        monkeypatch.setattr("sys.argv", ["fedser", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        shown = capsys.readouterr()
        return int(stopped.value.code or 0), shown.out, shown.err

    return call
