"""Every config loads, is named after its file, and says what it reproduces and what came out."""

from pathlib import Path

import pytest

from fedser.config import load
from simulations.bias.audit import Audit, is_audit
from simulations.experiment import Experiment
from simulations.grid.grid import is_grid, read_grid
from simulations.text.study import TextStudy, is_study

CONFIGS = sorted((Path(__file__).resolve().parents[2] / "configs").rglob("*.yaml"))


def first_comment(text: str) -> str:
    """The comment that a file begins with, as one line."""
    lines = text.splitlines()
    end = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return " ".join(line.removeprefix("#").strip() for line in lines[:end])


def test_there_are_configs() -> None:
    assert {"demo", "ravdess_emobase_fedsgd", "ravdess_emobase_fedavg"} <= {path.stem for path in CONFIGS}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_config_loads_and_is_named_after_its_file(path: Path) -> None:
    kind = Audit if is_audit(path) else TextStudy if is_study(path) else Experiment
    loaded = read_grid(path) if is_grid(path) else load(kind, path)
    assert loaded.name == path.stem


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_config_says_what_it_reproduces_and_the_result_it_gave(path: Path) -> None:
    what, mark, result = first_comment(path.read_text(encoding="utf-8")).partition("Result: ")
    assert any(word in what for word in ("Table", "Figure", "eq.", "Section")), "name the table or figure"
    assert mark, "state the result after 'Result: '"
    assert any(digit in result for digit in "0123456789"), "a result has numbers"
