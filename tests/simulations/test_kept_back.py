"""What defenses of the first layer are worth where an attribute is planted, to those who know of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.config import load
from simulations.experiment import Experiment
from simulations.pipeline import run_experiment

SPEECH = [
    {"name": "synthetic", "corpus": name, "speakers": 12, "utterances_per_emotion": 3, "leakage": 1.0}
    for name in ("here", "there", "elsewhere")
]
STUDY: dict[str, Any] = {
    "corpora": {"private": SPEECH[0], "shadow": SPEECH[1:]},
    "model": {"name": "mlp", "hidden": [64, 32]},
    "rounds": 20,
    "algorithm": {"name": "fedsgd", "client_fraction": 0.5},
    "attacks": [{"name": "logistic"}, {"name": "activations"}],
    "engine": {"name": "cohort", "workers": 1},
    "scores": {"bootstrap": 200, "permutations": 99, "observed_draws": 2, "inputs": False},
}


def test_who_knows_of_it_looks_through_a_projection(config: Callable[..., Path], tmp_path: Path) -> None:
    defenses = [{"name": "random_first", "projection": "orthonormal"}]
    run_experiment(load(Experiment, config(defenses=defenses, **STUDY)), tmp_path / "run")
    table = pd.read_csv(tmp_path / "run" / "leakage.csv").query("metric == 'uar' and unit == 'update'")
    found = table.set_index("attack")
    assert found.loc["logistic", "value"] == found.loc["logistic", "chance"] == 0.5
    assert found.loc["activations", "value"] > 0.75 and found.loc["activations", "low"] > 0.6
