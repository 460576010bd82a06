"""Groups of a client's updates: how they are drawn, asked about, kept, and told in the table."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fedser.seeds import Stream
from fedser.updates.store import Row
from simulations.scoring import AttackScores, Pooled
from simulations.stages.observed import observed_groups
from simulations.stages.scores_file import read_scores, write_scores

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]

ROWS = [Row("private-0", number, client, 8) for number in range(1, 7) for client in ("a", "b")][:-2]


def test_a_drawing_is_among_the_next_larger_one_and_all_are_all() -> None:
    groups = observed_groups(ROWS, (3, 1, 5, 9), 2, Stream(1))
    assert [(group.client, group.observed, group.draw) for group in groups[:5]] == [
        *(("a", "1", 0), ("a", "3", 0), ("a", "1", 1), ("a", "3", 1), ("a", "all", 0)),
    ]
    sets = {(group.client, group.draw, group.observed): set(group.rows) for group in groups}
    for client in "ab":
        own = {place for place, row in enumerate(ROWS) if row.client == client}
        assert sets[client, 0, "all"] == own and len(own) == 5
        for draw in range(2):
            assert sets[client, draw, "1"] < sets[client, draw, "3"] < own
    assert len({tuple(group.rows) for group in groups if group.observed == "3"}) > 2


def test_who_sent_fewer_gives_all() -> None:
    groups = observed_groups(ROWS[:7], (3,), 1, Stream(1))
    assert {(group.client, group.observed): len(group.rows) for group in groups} == {
        ("a", "3"): 3,
        ("a", "all"): 4,
        ("b", "3"): 3,
        ("b", "all"): 3,
    }


@pytest.mark.parametrize("more", [True, False])
def test_what_is_written_is_read_as_it_was(more: bool, tmp_path: Path) -> None:
    updates = pd.DataFrame({"training": ["private-0"] * 2, "round": [1, 2], "client": ["01", "NA"]})
    groups = pd.DataFrame([("private-0", "01", "all", 0, 2)], columns=Pooled.COLUMNS)
    pooled = Pooled("updates", groups, np.array([[0.1 + 0.2, 0.7]])) if more else None
    weights = np.array([0.1, 1 / 3]) if more else None
    one = AttackScores("x", "dense1", updates, np.array([[1 / 3, 2 / 3], [0.1, 0.9]]), weights, pooled)
    write_scores(tmp_path, [one], ["female", "male"])
    (read,) = read_scores(tmp_path, "x", ["female", "male"])
    pd.testing.assert_frame_equal(read.updates, updates, check_dtype=False)
    assert (read.scores == one.scores).all() and (read.weights is None) == (not more)
    if pooled is not None and read.pooled is not None and weights is not None and read.weights is not None:
        assert (read.weights == weights).all() and (read.pooled.scores == pooled.scores).all()
        pd.testing.assert_frame_equal(read.pooled.groups, groups, check_dtype=False)
    assert (read.pooled is None) == (not more)


def test_a_run_tells_of_each_way_of_putting_updates_together(fedser: Cli, config: Write, tmp_path: Path) -> None:
    attacks = [{"name": "logistic", "shadow": "both"}, {"name": "majority"}]
    settings = {"attacks": attacks, "rounds": 8, "scores": {"bootstrap": 100, "observed": [1, 2], "averaged_draws": 2}}
    code, _, errors = fedser("run", config(**settings), "--out", tmp_path / "run")
    assert code == 0, errors
    table = pd.read_csv(tmp_path / "run" / "leakage_accumulated.csv").set_index(["attack", "pooling", "observed"])
    for name in ("logistic", "logistic-aligned"):
        assert table.loc[name].index.tolist() == [
            (pooling, number) for pooling in ("mean", "weighted", "updates") for number in ("1", "2", "all")
        ]
    assert set(table.loc["majority"].index.get_level_values(0)) == {"mean", "updates"}
    sent = table["updates"]["logistic"]
    assert sent["updates", "1"] == 1 and sent["updates", "all"] == pytest.approx(sent["mean", "all"])
    scores = pd.read_csv(tmp_path / "run" / "attack" / "logistic" / "scores.csv")
    assert scores["weight"].notna().all() and scores.groupby("round")["weight"].nunique().max() == 1
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "averaged" in page
    # Of one update, the mean is that update: the scores are the same.
    pooled = pd.read_csv(tmp_path / "run" / "attack" / "logistic" / "pooled.csv")
    ones = pooled[pooled["observed"] == "1"]
    known = set(scores["score_male"].round(5))
    assert set(ones["score_male"].round(5)) <= known and not set(pooled["score_male"].round(5)) <= known


def test_nothing_is_averaged_where_only_reductions_were_captured(fedser: Cli, config: Write, tmp_path: Path) -> None:
    settings = {"capture": {"store": "reductions"}, "rounds": 2, "oracle": None}
    assert fedser("run", config(**settings), "--out", tmp_path / "run")[0] == 0
    table = pd.read_csv(tmp_path / "run" / "leakage_accumulated.csv")
    assert set(table["pooling"]) == {"mean", "weighted"}
