"""How useful the selected models are: the same scores as in ``ser.csv``, with intervals over held-out speakers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fedser.metrics.people import People
from fedser.seeds import Stream
from simulations.scoring.settings import Scores
from simulations.scoring.utility import utility

SCORES, STREAM = Scores(bootstrap=200), Stream(1)


@pytest.mark.parametrize("kept", [[], [2]])  # as in the paper's code, dropout may stay on where models are scored
def test_it_agrees_with_the_scores_of_the_trainings(
    fedser: Callable[..., tuple[int, str, str]], config: Callable[..., Path], tmp_path: Path, kept: list[int]
) -> None:
    model = {"name": "mlp", "hidden": [16, 8], "dropout_at_evaluation": kept}
    path = config(attacks=[], oracle=None, model=model)
    code, _, errors = fedser("run", path, "--out", tmp_path / "run")
    assert code == 0, errors
    ser = pd.read_csv(tmp_path / "run" / "ser.csv").query("role == 'private' and split == 'test'")
    table = pd.read_csv(tmp_path / "run" / "utility.csv").set_index("metric")
    for metric in ("uar", "accuracy"):
        row = table.loc[metric]
        assert row["value"] == pytest.approx(ser[metric].mean(), abs=1e-6)
        assert row["fold_sd"] == pytest.approx(ser[metric].std(), abs=1e-6)
        assert row["low"] <= row["value"] <= row["high"] and row["low"] < row["high"]
    assert (table["persons"] == 8).all() and (table["n"] == ser["n"].sum()).all() and (table["chance"] == 0.25).all()
    assert "For the 8 speakers that were held out in turn" in (tmp_path / "run" / "report.html").read_text("utf-8")


def test_speakers_who_do_as_well_as_each_other_leave_no_doubt() -> None:
    alike = np.array([[[3, 1], [1, 3]]] * 4)[None]  # [1 fold, 4 speakers, 2 classes, 2]
    row = utility(alike, People.of(np.zeros(4, dtype=np.int64)), SCORES, STREAM).set_index("metric").loc["uar"]
    assert row[["value", "low", "high", "chance", "n", "persons"]].tolist() == [0.75, 0.75, 0.75, 0.5, 32, 4]


def test_sessions_of_one_person_are_drawn_together() -> None:
    good, bad = [[4, 0], [0, 4]], [[0, 4], [4, 0]]
    counts, values = np.array([good, good, bad, bad])[None], np.zeros(4, dtype=np.int64)
    apart = utility(counts, People.of(values), SCORES, STREAM).set_index("metric").loc["uar"]
    together = utility(counts, People(values, np.array([0, 0, 1, 1])), SCORES, STREAM).set_index("metric").loc["uar"]
    assert together["persons"] == 2 and together["high"] - together["low"] == 1.0  # both, or the same one twice
    assert apart["persons"] == 4 and apart["value"] == together["value"] == 0.5


def test_speakers_who_were_not_tested_do_not_count() -> None:
    counts = np.array([[[3, 1], [1, 3]], [[0, 0], [0, 0]]])[None]
    row = utility(counts, People.of(np.zeros(2, dtype=np.int64)), SCORES, STREAM).iloc[0]
    assert row["persons"] == 1 and row["value"] == 0.75


def test_a_run_that_lost_its_state_says_so(
    fedser: Callable[..., tuple[int, str, str]], config: Callable[..., Path], tmp_path: Path
) -> None:
    path = config(attacks=[], oracle=None)
    assert fedser("run", path, "--out", tmp_path / "run")[0] == 0
    for state in (tmp_path / "run" / "simulate" / "private-0").glob("state*"):
        state.unlink()
    code, _, errors = fedser("run", path, "--out", tmp_path / "run", "--continue")
    assert code == 2 and "the training's state is missing" in errors
