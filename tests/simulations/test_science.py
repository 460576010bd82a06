"""The two science tests: a planted attribute is found, an absent one stays at chance."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from fedser.config import load
from simulations.experiment import Experiment
from simulations.pipeline import run_experiment


def corpora(leakage: float) -> dict[str, object]:
    """Three synthetic corpora of twelve speakers whose gender shapes the voice by ``leakage``."""
    made = [
        {"name": "synthetic", "corpus": name, "speakers": 12, "utterances_per_emotion": 3, "leakage": leakage}
        for name in ("here", "there", "elsewhere")
    ]
    return {"private": made[0], "shadow": made[1:]}


@pytest.fixture(scope="module", params=[1.0, 0.0], ids=["planted", "absent"])
def leakage(request: pytest.FixtureRequest) -> float:
    """How much gender shapes the voices."""
    return float(request.param)


def run(path: Path, folder: Path) -> pd.DataFrame:
    """The UARs of one run, by attack and unit."""
    run_experiment(load(Experiment, path), folder)
    table = pd.read_csv(folder / "leakage.csv").query("metric == 'uar'")
    return table.set_index(["attack", "unit"])


@pytest.mark.parametrize("algorithm", [{"name": "fedsgd"}, {"name": "fedavg"}], ids=["fedsgd", "fedavg"])
def test_a_planted_attribute_is_found_and_an_absent_one_is_not(
    leakage: float, algorithm: dict[str, object], config: Callable[..., Path], tmp_path: Path
) -> None:
    changes = {"model": {"name": "mlp", "hidden": [64, 32]}, "rounds": 20, "scores": {"bootstrap": 1000}}
    attacks = [{"name": "logistic"}, {"name": "majority"}, {"name": "permuted"}]
    settings = changes | {"algorithm": algorithm | {"client_fraction": 0.5}, "attacks": attacks}
    found = run(config(corpora=corpora(leakage), **settings), tmp_path / "run")
    for unit in ("update", "client", "speaker"):
        attack, permuted = found.loc[("logistic", unit)], found.loc[("permuted", unit)]
        assert found.loc[("majority", unit), "value"] == attack["chance"] == 0.5
        assert permuted["low"] <= 0.5 <= permuted["high"]
        if leakage:
            assert attack["value"] >= 0.9, attack
            assert attack["low"] > 0.5
        else:
            assert attack["low"] <= 0.5 <= attack["high"], attack
