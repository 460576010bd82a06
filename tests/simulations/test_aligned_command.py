"""Aligned shadows through the command line: what is refused before any work, what is counted, and a whole run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fedser.config import load
from simulations.experiment import Experiment
from simulations.scoring.roles import role_of

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]

LOGISTIC = {"name": "logistic", "shadow": "aligned"}
BOTH = {"name": "logistic", "shadow": "both"}
PERMUTED = {"name": "permuted", "shadow": "aligned", "permutations": 2}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"attacks": [BOTH, {"name": "majority"}, PERMUTED], "capture": {"store": "reductions"}},
            "capture.store: reductions keeps no broadcast model, at which the shadow updates of logistic-aligned,"
            " permuted-aligned are computed (choose updates, or shadow: trained for these attacks)",
        ),
        (
            {"attacks": [BOTH, {"name": "majority"}], "trainings": {"shadow": 0}},
            "trainings.shadow: 0, but logistic, majority learn from shadow trainings"
            " (choose at least 1, or shadow: aligned for these attacks)",
        ),
        (
            {"attacks": [PERMUTED | {"attack": LOGISTIC}]},
            "attacks.0.attack.shadow: aligned, but permuted decides what logistic learns from: give shadow to permuted",
        ),
        (
            {"attacks": [{"name": "logistic", "shadow": "alined"}]},
            "attacks.0.shadow: should be 'trained', 'aligned' or 'both', got \"alined\"",
        ),
        ({"attacks": [LOGISTIC], "aligned": {"clients": 0}}, "aligned.clients: should be greater than or equal to 1"),
        (
            {"attacks": [LOGISTIC], "aligned": {"clients": 17}},
            "aligned.clients: 17, but the shadow corpora have 16 clients (choose 'all' or a number from 1 to 16)",
        ),
    ],
    ids=["reductions", "no trainings", "wrapped", "unknown", "nobody", "too many"],
)
def test_what_cannot_be_is_refused_before_any_work(
    changes: dict[str, Any], message: str, fedser: Cli, config: Write, tmp_path: Path
) -> None:
    path = config(**changes)
    for command in (("check", path), ("run", path, "--out", tmp_path / "run")):
        code, _, errors = fedser(*command)
        told = [line for line in errors.splitlines() if message in line]
        assert code == 2 and len(told) == 1, errors
    assert not (tmp_path / "run").exists()


def test_each_kind_of_shadow_is_an_attack_of_its_own(config: Write) -> None:
    attacks = [LOGISTIC, BOTH, {"name": "majority"}, LOGISTIC | {"folds": 3}, PERMUTED]
    experiment = load(Experiment, config(attacks=attacks))
    labels = experiment.adversaries()
    assert {label: one.attack.shadow for label, one in labels.items()} == {
        "logistic-aligned": "aligned",
        "logistic": "trained",
        "logistic-aligned-2": "aligned",
        "majority": "trained",
        "logistic-aligned-3": "aligned",
        "permuted-aligned": "aligned",
    }
    assert [role_of(label) for label in labels] == ["attack"] * 3 + ["control", "attack", "control"]
    assert experiment.aligned_trainings() == {"private-0": "aligned-0", "private-1": "aligned-1"}
    assert load(Experiment, config()).aligned_trainings() == {}


def test_check_counts_what_is_aligned(fedser: Cli, config: Write) -> None:
    code, shown, errors = fedser("check", config(attacks=[LOGISTIC], aligned={"clients": 5, "every": 2}))
    assert code == 0, errors
    rows = {line.split("│")[1].strip(): line.split("│")[4].strip() for line in shown.splitlines() if "│" in line}
    # At the models of rounds 1, 3 and 5 of two private trainings; a mean input is 988 numbers.
    assert rows["client updates"] == rows["captured updates"] == str(2 * 3 * 5)
    assert rows["disk"] == f"{30 * 988 * 4 / 2**20:.1f} MiB"
    assert "aligned ┃" not in fedser("check", config())[1]


def test_a_run_without_any_shadow_training(fedser: Cli, config: Write, tmp_path: Path) -> None:
    out, attacks = tmp_path / "run", [LOGISTIC, PERMUTED, {"name": "majority", "shadow": "aligned"}]
    code, shown, errors = fedser("run", config(attacks=attacks, trainings={"shadow": 0}), "--out", out)
    assert code == 0, errors
    assert "align shadows with private-1: 6/6" in errors and "logistic-aligned" in shown
    table = pd.read_csv(out / "leakage.csv")
    assert set(table["attack"]) == {"logistic-aligned", "permuted-aligned", "majority-aligned", "oracle"}
    assert {path.name for path in (out / "simulate").iterdir()} == {
        *("private-0", "private-1"),
        *("aligned-0", "aligned-1"),
    }
    assert fedser("run", config(attacks=[], oracle=None), "--out", out, "--continue")[0] == 0
    assert not list((out / "simulate").glob("aligned-*"))
