"""What representations tell: the stage from the config to the report, what it refuses, and that it goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fedser.config import load
from fedser.errors import ConfigError
from simulations.experiment import Experiment
from simulations.pipeline import run_experiment

LOGISTIC: dict[str, Any] = {"name": "logistic", "regularisation": [0.01]}
READ: dict[str, Any] = {"layers": "all", "readers": [LOGISTIC]}
ASKED: dict[str, Any] = {"attacks": [], "oracle": None, "rounds": 2, "representations": READ}


def test_a_study_reads_representations(config: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    experiment = load(Experiment, config(**ASKED))
    run_experiment(experiment, folder)
    table = pd.read_csv(folder / "representations.csv")
    print(table.to_string())
