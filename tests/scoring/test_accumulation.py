"""One answer per client from M updates: by hand, more of them help, weights from elsewhere silence blind rounds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fedser.errors import InputError
from fedser.seeds import Stream
from simulations.scoring import AttackScores, Scores, Truth, leakage, leakage_accumulated, write_csv
from simulations.scoring.tables import Setting

SPEAKERS, ROUNDS = 30, 20
FAST = Scores(bootstrap=100, permutations=99, observed_draws=8)


def _study(right: np.ndarray) -> tuple[AttackScores, Truth]:
    """One training; the score of the true value is 0.7 with the probability ``right`` [rounds], else 0.3."""
    rng = np.random.default_rng(0)
    clients = pd.DataFrame(
        [("p", f"client-{s}", f"speaker-{s}", s % 2) for s in range(SPEAKERS)],
        columns=["training", "client", "speaker", "value"],
    )
    rows = [("p", n, f"client-{s}", s % 2) for n in range(1, ROUNDS + 1) for s in range(SPEAKERS)]
    updates = pd.DataFrame(rows, columns=["training", "round", "client", "value"])
    hit = rng.random(len(rows)) < right[updates["round"].to_numpy() - 1]
    male = np.where(hit == (updates.pop("value").to_numpy() == 1), 0.7, 0.3)
    found = AttackScores("logistic", "dense1", updates, np.stack([1.0 - male, male], axis=1))
    return found, Truth("gender", ("female", "male"), clients)


def _table(found: AttackScores, truth: Truth, scores: Scores = FAST) -> pd.DataFrame:
    return leakage_accumulated([found], truth, scores, Stream(1)).set_index(["pooling", "observed"])


def test_more_updates_tell_more() -> None:
    found, truth = _study(np.full(ROUNDS, 0.7))
    table = _table(found, truth)
    assert table.index.tolist() == [("mean", m) for m in ("1", "3", "5", "10", "all")]
    assert table["updates"].tolist() == [1.0, 3.0, 5.0, 10.0, 20.0]
    assert table["uar"].is_monotonic_increasing and table["uar"].iloc[0] == pytest.approx(0.7, abs=0.06)
    assert table["uar"].iloc[-1] > 0.9
    assert set(table["chance"]) == {0.5} and set(table["n"]) == {SPEAKERS}
    assert ((table["low"] <= table["uar"]) & (table["uar"] <= table["high"])).all()


def test_all_updates_score_as_the_client_of_the_leakage_table() -> None:
    found, truth = _study(np.full(ROUNDS, 0.6))
    whole = leakage([found], truth, Setting("a", ("b",), "c", "d", "e"), FAST, Stream(1))
    client = whole.query("unit == 'client' and metric == 'uar'")[["value", "low", "high"]].to_numpy().ravel()
    assert _table(found, truth).loc[("mean", "all"), ["uar", "low", "high"]].tolist() == pytest.approx(client)


def test_one_update_scores_as_updates_do_on_average() -> None:
    found, truth = _study(np.full(ROUNDS, 0.6))
    many = Scores(bootstrap=100, permutations=99, observed_draws=300)
    whole = leakage([found], truth, Setting("a", ("b",), "c", "d", "e"), FAST, Stream(1))
    update = whole.query("unit == 'update' and metric == 'uar'")["value"].item()
    assert _table(found, truth, many)["uar"]["mean", "1"] == pytest.approx(update, abs=0.02)


def test_weights_silence_blind_rounds() -> None:
    right = np.where(np.arange(ROUNDS) < 5, 0.8, 0.4)  # later rounds mislead
    found, truth = _study(right)
    weights = np.where(found.updates["round"] <= 5, 1.0, 0.001)
    table = _table(replace(found, weights=weights), truth)
    assert table.index.get_level_values(0).unique().tolist() == ["mean", "weighted"]
    assert table["uar"]["weighted", "all"] > 0.85 > table["uar"]["mean", "all"] + 0.2
    alike = _table(replace(found, weights=np.full(len(weights), 0.3)), truth)
    odd = ["1", "3", "5"]  # of scores of 0.3 and 0.7 alone, the majority decides either way; there are no ties
    assert alike["uar"]["weighted"][odd].tolist() == alike["uar"]["mean"][odd].tolist()


def test_clients_with_fewer_updates_give_all_they_have() -> None:
    found, truth = _study(np.full(ROUNDS, 0.65))
    few = (found.updates["client"] != "client-0") | (found.updates["round"] <= 2)
    part = AttackScores("logistic", "dense1", found.updates[few].reset_index(drop=True), found.scores[few])
    assert _table(part, truth)["updates"]["mean"]["3"] == pytest.approx((2 + 3 * 29) / 30)
    short = found.updates["round"] <= 3
    part = AttackScores("logistic", "dense1", found.updates[short].reset_index(drop=True), found.scores[short])
    assert _table(part, truth).index.tolist() == [("mean", "1"), ("mean", "all")]  # three are all


def test_the_written_table_has_exactly_these_columns(tmp_path: Path) -> None:
    write_csv(
        tmp_path / "t.csv",
        leakage_accumulated([_study(np.full(ROUNDS, 1.0))[0]], _study(np.ones(ROUNDS))[1], FAST, Stream(1)),
    )
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert lines[0] == "attack,layer,pooling,observed,updates,uar,low,high,chance,n"
    assert lines[-1] == "logistic,dense1,mean,all,20.000000,1.000000,1.000000,1.000000,0.500000,30"


def test_weights_that_do_not_fit_are_refused() -> None:
    found, truth = _study(np.full(ROUNDS, 0.6))
    with pytest.raises(InputError, match=r"^scores of logistic on dense1: weights of shape \(3,\), but 600 updates$"):
        _table(replace(found, weights=np.ones(3)), truth)
    with pytest.raises(InputError, match=r"^scores of logistic on dense1: weights that are negative or not finite$"):
        _table(replace(found, weights=np.full(600, np.nan)), truth)
