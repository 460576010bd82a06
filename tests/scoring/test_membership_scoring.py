"""Membership scores meet the truth: games, resolution, and what is therefore not given."""

import numpy as np
import pandas as pd
import pytest

from fedser.errors import InputError
from fedser.seeds import Stream
from simulations.scoring import MEMBERSHIP_COLUMNS, ROC_COLUMNS, MembershipScores, Scores, membership

SMALL = Scores(bootstrap=100)


def truth(records: int, speakers: int = 10, trainings: int = 2) -> pd.DataFrame:
    """Of each speaker's records the even ones are trained on, the odd ones validated; the last two are held out."""
    candidate = np.arange(records)
    speaker = candidate * speakers // records
    standing = np.where(candidate % 2 == 0, "member", "same_speakers").astype(object)
    standing[speaker >= speakers - 2] = "other_speakers"
    heard = np.where(np.arange(speakers) < speakers - 2, "member", "other_speakers")
    names = np.array([f"s{number}" for number in range(speakers)])
    parts = [
        pd.DataFrame({"unit": "utterance", "candidate": candidate, "person": names[speaker], "standing": standing}),
        pd.DataFrame({"unit": "speaker", "candidate": np.arange(speakers), "person": names, "standing": heard}),
    ]
    return pd.concat([pd.concat(parts).assign(training=f"private-{number}") for number in range(trainings)])


def scores(table: pd.DataFrame, unit: str, sure: float, threshold: float = 0.5) -> MembershipScores:
    rows = table[table["unit"] == unit]
    drawn = np.random.default_rng(0).standard_normal(len(rows)) + sure * (rows["standing"] == "member")
    return MembershipScores("loss", unit, "each", threshold, rows[["training", "candidate"]].assign(score=drawn))


def test_rates_that_too_few_others_cannot_resolve_are_not_given():
    table = truth(records=500)
    found, _ = membership([scores(table, "utterance", 1.0), scores(table, "speaker", 1.0)], table, SMALL, Stream(1))
    assert list(found.columns) == MEMBERSHIP_COLUMNS
    rows = found.set_index(["unit", "against", "metric"])
    # 200 validation records, the same ones in both trainings: 1 % can be measured, 0.1 % not.
    same = rows.loc[("utterance", "same_speakers", "tpr_at_fpr_0.01")]
    assert (same["others"], same["resolution"], same["members"], same["persons"]) == (200, 1 / 200, 400, 8)
    assert same["low"] <= same["value"] <= same["high"]
    assert np.isnan(rows.loc[("utterance", "same_speakers", "tpr_at_fpr_0.001"), "value"])
    assert rows.loc[("utterance", "other_speakers", "auc"), "others"] == 100
    assert not np.isnan(rows.loc[("utterance", "other_speakers", "tpr_at_fpr_0.01"), "value"])  # 1/100 is just enough
    assert rows.loc[("speaker", "other_speakers", "tpr_at_fpr_0.01"), ["value", "low", "high"]].isna().all()
    assert ("speaker", "same_speakers", "auc") not in rows.index


def test_enough_others_give_every_rate():
    table = truth(records=2500, trainings=1)
    found, _ = membership([scores(table, "utterance", 1.0)], table, SMALL, Stream(1))
    assert found[found["against"] == "same_speakers"]["value"].notna().all()
    assert dict(zip(found["metric"], found["chance"], strict=True)) == {
        "auc": 0.5,
        "balanced_accuracy": 0.5,
        "tpr_at_fpr_0.01": 0.01,
        "tpr_at_fpr_0.001": 0.001,
    }


def test_a_perfect_and_a_blind_attack():
    table = truth(records=500)
    perfect, _ = membership([scores(table, "utterance", 100.0, 50.0)], table, SMALL, Stream(1))
    given = perfect[~perfect["metric"].str.endswith("0.001")]
    assert (given["value"] == 1.0).all()
    blind, _ = membership([scores(table, "utterance", 0.0)], table, SMALL, Stream(1))
    auc = blind[blind["metric"] == "auc"]
    assert ((auc["low"] < 0.5) & (auc["high"] > 0.5)).all()


def test_without_a_threshold_there_is_no_accuracy():
    table = truth(records=100)
    found, _ = membership([scores(table, "speaker", 1.0, np.nan)], table, SMALL, Stream(1))
    values = found.set_index("metric")["value"]
    assert np.isnan(values["balanced_accuracy"]) and values["auc"] > 0.5


def test_the_points_are_the_corners_of_the_curve():
    table = truth(records=500)
    _, roc = membership([scores(table, "utterance", 1.0)], table, SMALL, Stream(1))
    assert list(roc.columns) == ROC_COLUMNS
    for _, points in roc.groupby("against"):
        x, y = points["false_positive_rate"].to_numpy(), points["true_positive_rate"].to_numpy()
        assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
        assert (np.diff(x) >= 0).all() and (np.diff(y) >= 0).all()
        assert len(points) < 450


def test_a_candidate_that_is_not_in_the_truth_is_refused():
    table = truth(records=100)
    one = scores(table, "utterance", 1.0)
    known = table[~((table["candidate"] == 99) & (table["training"] == "private-1"))]
    with pytest.raises(InputError, match="membership scores of loss: utterance 99 of private-1 is not in the truth"):
        membership([one], known, SMALL, Stream(1))
