"""Inputs behind updates: the stage from the config to the report, what it refuses, and that it resumes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fedser.config import load
from fedser.errors import ConfigError
from simulations.checks import check_experiment
from simulations.experiment import Experiment
from simulations.pipeline import run_experiment

_FAST = {"updates": 24}
ASKED: dict[str, Any] = {
    "attacks": [],
    "oracle": None,
    "trainings": {"shadow": 0},
    "algorithm": {"name": "fedsgd", "client_fraction": 1.0, "batch_size": 1},
    "inversion": [
        {"name": "analytic", **_FAST},
        {"name": "optimised", "iterations": 100, "restarts": 1, **_FAST},
        {"name": "prior", **_FAST},
    ],
}


def test_a_study_rebuilds_inputs(config: Callable[..., Path], tmp_path: Path) -> None:
    experiment, out = load(Experiment, config(**ASKED)), tmp_path / "run"
    run_experiment(experiment, out)
    table = pd.read_csv(out / "inversion.csv").set_index(["attack", "metric"])
    updates = pd.read_csv(out / "inversion_updates.csv")
    assert set(updates.groupby("attack").size()) == {24} and set(updates["utterances"]) == {1}
    # One utterance is exact, dropout or not; what is read off it is what is read off the truth.
    exact, searched, control = (table.loc[(name, "cosine")] for name in ("analytic", "optimised", "prior"))
    assert exact["value"] > 0.999 and table.loc[("analytic", "class_accuracy"), "value"] == 1.0
    assert searched["low"] > searched["chance"] + 0.3
    assert control["value"] < exact["chance"] + 0.2 and abs(control["value"]) < 0.2
    assert table.loc[("analytic", "uar"), "value"] == table.loc[("oracle", "uar"), "value"]
    page = (out / "report.html").read_text()
    assert "What can be rebuilt of the inputs" in page and (out / "figures" / "inversion.svg").is_file()
    files = sorted((out / "inversion").glob("*/rebuilt.safetensors"))
    before = [file.stat().st_mtime_ns for file in files]
    run_experiment(experiment, out)
    assert len(files) == 3 and [file.stat().st_mtime_ns for file in files] == before
    pd.testing.assert_frame_equal(pd.read_csv(out / "inversion_updates.csv"), updates)
    run_experiment(load(Experiment, config(**ASKED | {"inversion": []})), out, go_on=True)
    assert not list(out.glob("inversion*.csv")) and not list((out / "inversion").glob("*"))
    assert "What can be rebuilt" not in (out / "report.html").read_text()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"threat_model": {"knowledge": "updates"}},
            "inversion.0: analytic needs broadcast, but threat_model.knowledge is updates",
        ),
        (
            {"threat_model": {"knowledge": "aggregates"}},
            "inversion.2: prior needs updates, but threat_model.knowledge is aggregates",
        ),
        (
            {"algorithm": {"name": "fedavg"}},
            "inversion: it inverts the gradient of one batch, but clients of fedavg send what several local steps made"
            " (choose algorithm fedsgd, or leave inversion out)",
        ),
        ({"capture": {"store": "reductions"}}, "capture.store: reductions keeps no update and no broadcast model"),
        ({"partition": {"name": "single"}}, "leave attacks, oracle, identity and inversion out"),
    ],
)
def test_what_cannot_be_inverted_is_refused_before_work(
    changes: dict[str, Any], told: str, config: Callable[..., Path]
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(Experiment, config(**(ASKED | changes)))
    assert told in str(refused.value)


def test_layers_that_are_not_captured_are_refused(config: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError, match=r"inversion optimised: reads dense1, dense2, dense3, but capture\.layers"):
        check_experiment(load(Experiment, config(**ASKED | {"capture": {"layers": ["dense1", "dense2"]}})))


def test_a_second_inverter_of_a_name_is_numbered(config: Callable[..., Path]) -> None:
    twice = [{"name": "optimised"}, {"name": "optimised", "restarts": 4}]
    labels = load(Experiment, config(**ASKED | {"inversion": twice})).inversion_labels()
    assert list(labels) == ["optimised", "optimised-2"] and labels["optimised-2"].restarts == 4
