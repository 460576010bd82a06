"""A small grid on synthetic speech."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml


def corpus(name: str) -> dict[str, Any]:
    """A synthetic corpus of eight speakers."""
    return {"name": "synthetic", "corpus": name, "speakers": 8, "utterances_per_emotion": 1}


AXES = {
    "shadow": {"one": {"corpora.shadow": [corpus("b")]}, "two": {"corpora.shadow": [corpus("b"), corpus("c")]}},
    "rate": {"0.1": {"algorithm.learning_rate": 0.1}, "0.2": {"algorithm.learning_rate": 0.2}},
}


def grid(axes: dict[str, Any] = AXES, leave_out: Any = None, **changes: Any) -> dict[str, Any]:
    """A whole grid; ``changes`` replace keys that its cells share, None takes one away."""
    shared = {
        "seed": 3,
        "corpora": {"private": corpus("a")},
        "features": {"name": "opensmile", "feature_set": "emobase"},
        "partition": {"name": "speaker", "normalise": "corpus", "folds": {"number": 2}},
        "model": {"name": "mlp", "hidden": [4], "dropout": [0.0]},
        "algorithm": {"name": "fedsgd", "client_fraction": 0.5},
        "rounds": 3,
        "engine": {"name": "inline"},
        "trainings": {"shadow": 1},
        "attacks": [{"name": "centroid"}, {"name": "majority"}],
        "oracle": {"name": "oracle"},
        "scores": {"bootstrap": 100, "permutations": 99, "round_bins": 3},
    }
    left = {"leave_out": leave_out} if leave_out is not None else {}
    kept = {key: value for key, value in (shared | changes).items() if value is not None}
    return {"name": "tiny", "grid": {"axes": axes, **left}, **kept}


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Writes the file of a small grid, with some of it changed."""

    def write(**changes: Any) -> Path:
        path = tmp_path / "tiny.yaml"
        path.write_text(yaml.safe_dump(grid(**changes), sort_keys=False), encoding="utf-8")
        return path

    return write
