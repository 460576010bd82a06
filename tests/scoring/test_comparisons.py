"""Attacks beside each other on one capture: references, paired differences, p-values and their correction, persons."""

import numpy as np
import pandas as pd
import pytest

from fedser.errors import ConfigError, InputError
from fedser.metrics.permutation import holm
from fedser.seeds import Stream
from simulations.scoring import AttackScores, Scores, Setting, Truth, leakage
from simulations.scoring.references import check_reference

SETTING = Setting("ravdess", ("emodb", "ased"), "emobase", "fedsgd", "none")
SPEAKERS, ROUNDS = 8, 12
FAST = Scores(bootstrap=200, permutations=500)


def _truth(persons: list[str] | None = None) -> Truth:
    rows = [(f"p-{f}", f"client-{s}", f"speaker-{s}", s % 2) for f in (0, 1) for s in range(SPEAKERS)]
    table = pd.DataFrame(rows, columns=["training", "client", "speaker", "value"])
    if persons is not None:
        table["person"] = persons * 2
    return Truth("gender", ("female", "male"), table)


def _found(attack: str, sure: float, layer: str = "dense1", seed: int = 0) -> AttackScores:
    """Every update's score of the true value is above that of the other with probability ``sure``."""
    rows = [(f"p-{f}", n, f"client-{s}") for f in (0, 1) for n in range(1, ROUNDS + 1) for s in range(SPEAKERS)]
    true = np.array([int(row[2][-1]) % 2 for row in rows])
    right = np.random.default_rng(seed).random(len(rows)) < sure
    male = np.where(right == (true == 1), 0.8, 0.2)
    updates = pd.DataFrame(rows, columns=["training", "round", "client"])
    return AttackScores(attack, layer, updates, np.stack([1.0 - male, male], axis=1))


def _table(found: list[AttackScores], scores: Scores = FAST, truth: Truth | None = None) -> pd.DataFrame:
    return leakage(found, truth or _truth(), SETTING, scores, Stream(3)).query("metric == 'uar'")


MANY = [
    _found("cnn", 0.6, "dense1", 1),
    _found("cnn", 0.7, "fused", 2),
    _found("logistic", 0.9, seed=3),
    _found("majority", 0.5, "all", 4),
    _found("oracle", 1.0, "inputs", 5),
]


def test_the_best_attack_is_the_reference_and_neither_control_nor_oracle() -> None:
    table = _table(MANY).query("unit == 'update'").set_index(["attack", "layer"])
    assert set(table["reference"]) == {"logistic/dense1"}
    assert table["difference"].to_dict() == pytest.approx(
        (table["value"] - table["value"]["logistic", "dense1"]).to_dict()
    )
    best = table.loc[("logistic", "dense1")]
    assert (best["difference"], best["difference_low"], best["difference_high"]) == (0.0, 0.0, 0.0)
    assert table["difference_high"]["cnn", "dense1"] < 0 < table["difference_low"]["oracle", "inputs"]


def test_a_named_reference_is_the_best_of_its_layers() -> None:
    table = _table(MANY, Scores(bootstrap=200, permutations=500, reference="cnn")).query("unit == 'update'")
    assert set(table["reference"]) == {"cnn/fused"}
    assert table["difference"][table["attack"] == "logistic"].item() > 0.1


def test_without_any_attack_there_is_no_difference() -> None:
    table = _table([_found("majority", 0.5, "all")])
    assert set(table["reference"]) == {""} and table["difference"].isna().all()


def test_a_reference_that_is_no_attack_is_refused() -> None:
    check_reference("best", [])
    check_reference("cnn", ["logistic", "cnn"])
    with pytest.raises(ConfigError) as refused:
        check_reference("svm", ["logistic", "cnn"])
    assert str(refused.value) == (
        "scores.reference: 'svm' is no attack of this experiment (choose from best, logistic, cnn)"
    )


def test_the_correction_is_over_the_attacks_of_one_unit_and_metric() -> None:
    table = _table(MANY)
    attacks = table["attack"].isin(["cnn", "logistic"])
    assert table[~attacks]["p_holm"].isna().all() and table["p_value"].notna().all()
    for _, rows in table[attacks].groupby("unit"):
        assert rows["p_holm"].to_list() == holm(rows["p_value"].to_numpy()).tolist()
    sure = table[(table["attack"] == "oracle") & (table["unit"] == "speaker")]
    assert sure["p_value"].item() == pytest.approx(1 / 70)  # four of eight speakers: 70 dealings, all tried


def test_the_deviation_over_folds_by_hand() -> None:
    found = MANY[0]
    table = _table([found])
    right = found.scores.argmax(axis=1) == found.updates["client"].str[-1].astype(int) % 2
    uars = right.groupby([found.updates["training"], found.updates["client"].str[-1].astype(int) % 2]).mean()
    expected = uars.groupby(level=0).mean().std()
    assert table[table["unit"] == "update"]["fold_sd"].item() == pytest.approx(expected)


def test_scores_of_other_updates_are_refused() -> None:
    whole = MANY[2]
    part = AttackScores("knn", "dense1", whole.updates[8:].reset_index(drop=True), whole.scores[8:])
    with pytest.raises(InputError) as refused:
        _table([whole, part])
    assert str(refused.value) == (
        "scores of knn on dense1: of other updates than the scores of logistic/dense1;"
        " only attacks on the same capture can be compared"
    )


def test_sessions_of_a_person_widen_the_interval_and_lift_the_p_value() -> None:
    found, persons = _found("logistic", 1.0), ["a", "b", "a", "b", "c", "d", "c", "d"]
    together, apart = _table([found], truth=_truth(persons)), _table([found])
    assert set(together["persons"]) == {4} and set(apart["persons"]) == {8}
    assert set(together["p_value"].round(9)) == {round(1 / 6, 9)} and set(apart["p_value"].round(9)) == {
        round(1 / 70, 9)
    }
    own = np.where(found.updates["client"].isin(["client-0", "client-2"]), 0.9, 0.1)
    wrong = AttackScores("logistic", "dense1", found.updates, np.stack([1.0 - own, own], axis=1))
    loose = Scores(bootstrap=200, permutations=500, confidence=0.8)
    widths = [(t["high"] - t["low"]).iloc[0] for t in (_table([wrong], loose, _truth(persons)), _table([wrong], loose))]
    # Of two women one is misjudged in a quarter of the resamples twice, of four in a sixteenth only.
    assert widths == [0.5, 0.25]


def test_one_speaker_is_one_person() -> None:
    clients = _truth().clients.iloc[[0, 1, SPEAKERS]].assign(person=["a", "b", "c"])
    with pytest.raises(InputError, match=r"^truth of gender: speaker speaker-0 is more than one person$"):
        Truth("gender", ("female", "male"), clients)
