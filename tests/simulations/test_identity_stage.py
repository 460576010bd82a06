"""Whose updates are: the stage from the config to the report, what it refuses, and that it goes on where it stood."""

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

IDENTITY: dict[str, Any] = {"gallery": 2, "observed": [1, 2], "permutations": 2}


def test_a_study_tells_whose_updates_are(config: Callable[..., Path], tmp_path: Path) -> None:
    attacks = [{"name": "logistic", "regularisation": [0.01]}]
    asked = {"rounds": 10, "attacks": attacks, "identity": IDENTITY, "capture": {"store": "reductions"}}
    experiment = load(Experiment, config(**asked))
    run_experiment(experiment, tmp_path / "run")
    table = pd.read_csv(tmp_path / "run" / "identity.csv")
    assert set(table["linker"]) == {"cosine-mean_input", "lda-mean_input"}
    assert set(table["gallery"]) == {"known", "permuted"} and set(table["metric"]) == {"rank1", "rank5", "eer"}
    assert table[["value", "low", "high", "chance", "resolution"]].apply(lambda c: c.between(0, 1).all()).all()
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Whose an update is" in page and (tmp_path / "run" / "figures" / "identity.svg").is_file()
    places = sorted((tmp_path / "run" / "identity").glob("*/embedding.npy"))
    before = [place.stat().st_mtime_ns for place in places]
    run_experiment(experiment, tmp_path / "run")
    assert len(places) == 2 and [place.stat().st_mtime_ns for place in places] == before
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "run" / "identity.csv"), table)
    run_experiment(load(Experiment, config(**(asked | {"identity": None}))), tmp_path / "run", go_on=True)
    assert not (tmp_path / "run" / "identity.csv").exists() and not list((tmp_path / "run" / "identity").glob("*"))
    assert "Whose an update is" not in (tmp_path / "run" / "report.html").read_text()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"threat_model": {"knowledge": "aggregates"}, "attacks": []},
            "identity.linkers.0: cosine-mean_input needs updates, but threat_model.knowledge is aggregates",
        ),
        (
            {
                "threat_model": {"knowledge": "updates"},
                "attacks": [],
                "identity": {"linkers": [{"name": "lda", "reads": "pull_back"}]},
            },
            "identity.linkers.0: lda-pull_back needs broadcast, but threat_model.knowledge is updates",
        ),
        ({"identity": {"probes": "clients"}}, "identity.probes: clients asks about other clients of a speaker"),
        ({"trainings": {"shadow": 0}, "attacks": []}, "trainings.shadow: 0, but identity's linkers learn from shadow"),
        ({"identity": {"linkers": [{"name": "lda"}, {"name": "lda"}]}}, "given more than once: lda-mean_input"),
        ({"partition": {"name": "single"}}, "single mixes all speakers in one client"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_work(
    changes: dict[str, Any], told: str, config: Callable[..., Path]
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(Experiment, config(**({"identity": {}, "oracle": None} | changes)))
    assert told in str(refused.value)


def test_layers_that_are_not_captured_are_refused(config: Callable[..., Path]) -> None:
    asked = {"identity": {}, "attacks": [], "capture": {"layers": ["dense3"]}}
    with pytest.raises(ConfigError, match=r"reads dense1, but capture\.layers leaves out dense1"):
        check_experiment(load(Experiment, config(**asked)))
