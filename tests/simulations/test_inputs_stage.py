"""Which inputs leak: from the config to the report, and that a run goes on where it stood."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from attacks.logistic import Logistic
from attacks.majority import Majority
from attacks.moments import Moments
from fedser.config import load
from simulations.experiment import Experiment
from simulations.oracle import Oracle
from simulations.pipeline import run_experiment
from simulations.report.inputs import why_none
from simulations.stages.inputs import tells_inputs

TABLES = ("leaking_inputs.csv", "leaking_families.csv")
ATTACKS = [{"name": "logistic", "regularisation": [0.01], "shadow": "both"}, {"name": "majority"}]

SMALL: dict[str, Any] = {"rounds": 4, "oracle": None}


def test_a_study_tells_which_inputs_leak(config: Callable[..., Path], tmp_path: Path) -> None:
    experiment, run = load(Experiment, config(attacks=ATTACKS, **SMALL)), tmp_path / "run"
    run_experiment(experiment, run)
    inputs, families = (pd.read_csv(run / name) for name in TABLES)
    assert inputs.groupby("attack").size().to_dict() == {"logistic": 988, "logistic-aligned": 988}
    assert inputs.groupby("attack")["share"].sum().to_numpy() == pytest.approx(1.0, abs=1e-3)
    assert len(families) == 2 * 5 * 2 and set(families["unit"]) == {"update", "speaker"}
    once = families[families["unit"] == "update"].set_index(["attack", "family"])
    assert once.groupby("attack")["share"].sum().to_numpy() == pytest.approx(1.0, abs=1e-5)
    summed = inputs.groupby(["attack", "family"])["share"].sum()
    assert summed.sort_index().to_numpy() == pytest.approx(once["share"].sort_index().to_numpy(), abs=1e-3)
    assert families[["uar", "low", "high", "chance", "whole"]].apply(lambda c: c.between(0, 1).all()).all()
    leakage = pd.read_csv(run / "leakage.csv")
    own = leakage[(leakage["attack"] == "logistic") & (leakage["metric"] == "uar")].set_index("unit")["value"]
    mine = families[families["attack"] == "logistic"].drop_duplicates("unit").set_index("unit")["whole"]
    assert all(mine[unit] == pytest.approx(own[unit]) for unit in ("update", "speaker"))
    page = (run / "report.html").read_text()
    assert "Which inputs leak" in page and (run / "figures" / "inputs.svg").is_file()

    written = [path.stat().st_mtime_ns for path in sorted(run.glob("attack/*/inputs*.csv"))]
    run_experiment(experiment, run)
    assert len(written) == 4
    assert [path.stat().st_mtime_ns for path in sorted(run.glob("attack/*/inputs*.csv"))] == written
    pd.testing.assert_frame_equal(pd.read_csv(run / TABLES[1]), families)

    silent: dict[str, Any] = SMALL | {"attacks": ATTACKS, "scores": {"bootstrap": 100, "inputs": False}}
    run_experiment(load(Experiment, config(**silent)), run, go_on=True)
    assert not any((run / name).exists() for name in TABLES) and not list(run.glob("attack/*/inputs*.csv"))
    assert "Which inputs leak" not in (run / "report.html").read_text()


def test_features_without_names_are_left_out_in_words(config: Callable[..., Path]) -> None:
    attack = Logistic()
    assert tells_inputs(attack, load(Experiment, config()))
    assert not tells_inputs(attack, load(Experiment, config(features={"name": "lmfb", "pooling": "mean"})))
    assert not tells_inputs(attack, load(Experiment, config(scores={"inputs": False})))
    assert not any(tells_inputs(other, load(Experiment, config())) for other in (Moments(), Majority(), Oracle()))
    assert why_none("apc", attacked=True).startswith("Which inputs leak is not told: apc features have no names")
    assert why_none("apc", attacked=False) == why_none("opensmile", attacked=True) == ""
