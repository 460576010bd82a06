"""From scores to leakage.csv: a small case by hand, golden files, and science: a sure attack and a blind one."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedser.errors import InputError
from fedser.seeds import Stream
from simulations.scoring import (
    LEAKAGE_COLUMNS,
    AttackScores,
    Scores,
    Setting,
    Truth,
    leakage,
    leakage_over_rounds,
    write_csv,
)
from simulations.scoring.answers import count, join
from simulations.scoring.persons import PERSONS_COLUMNS, leakage_persons

SETTING = Setting("ravdess", ("emodb", "ased"), "emobase", "fedsgd", "none")
GOLDEN = Path(__file__).parent / "golden"


def _truth(clients: list[tuple[str, str, str, int]]) -> Truth:
    table = pd.DataFrame(clients, columns=["training", "client", "speaker", "value"])
    return Truth("gender", ("female", "male"), table)


def _found(rows: list[tuple[str, int, str, float]], attack: str = "logistic", layer: str = "dense1") -> AttackScores:
    """Each row: training, round, client and the score of "male"."""
    table = pd.DataFrame(rows, columns=["training", "round", "client", "male"])
    male = table.pop("male").to_numpy(float)
    return AttackScores(attack, layer, table, np.stack([1.0 - male, male], axis=1))


TRUTH = _truth(
    [
        ("private-0", "client-1", "anna", 0),
        ("private-0", "client-2", "anna", 0),
        ("private-0", "client-3", "bert", 1),
        ("private-1", "client-1", "bert", 1),
        ("private-1", "client-2", "carl", 1),
        ("private-1", "client-3", "anna", 0),
    ]
)
FOUND = _found(
    [
        ("private-0", 1, "client-1", 0.1),
        ("private-0", 2, "client-1", 0.6),
        ("private-0", 1, "client-2", 0.7),
        ("private-0", 2, "client-3", 0.9),
        ("private-1", 1, "client-1", 0.4),
        ("private-1", 3, "client-1", 0.45),
        ("private-1", 2, "client-2", 0.8),
        ("private-1", 3, "client-3", 0.2),
    ]
)


def _value(table: pd.DataFrame, unit: str, metric: str, column: str = "value") -> float:
    return float(table[(table["unit"] == unit) & (table["metric"] == metric)][column].item())


def test_persons_by_hand() -> None:
    table = leakage_persons([FOUND], TRUTH)
    assert list(table.columns) == PERSONS_COLUMNS
    assert table.drop(columns=["attack", "layer"]).to_numpy().tolist() == [
        ["private-0", "anna", "anna", "female", 3, 1],
        ["private-0", "bert", "bert", "male", 1, 1],
        ["private-1", "anna", "anna", "female", 1, 1],
        ["private-1", "bert", "bert", "male", 2, 0],
        ["private-1", "carl", "carl", "male", 1, 1],
    ]


def test_values_by_hand() -> None:
    table = leakage([FOUND], TRUTH, SETTING, Scores(), Stream(1))
    # updates: fold 0 female 1/3, male 1/1; fold 1 female 1/1, male 1/3
    assert _value(table, "update", "uar") == pytest.approx(((1 / 3 + 1) / 2 + (1 + 1 / 3) / 2) / 2)
    assert _value(table, "update", "accuracy") == pytest.approx((2 / 4 + 2 / 4) / 2)
    # clients: fold 0 female 1/2 (0.35 and 0.7), male 1/1; fold 1 female 1/1, male 1/2 (0.425 and 0.8)
    assert _value(table, "client", "uar") == pytest.approx(0.75)
    # speakers: fold 0 anna (0.1 + 0.6 + 0.7)/3 = 0.47 right, bert right; fold 1 anna and carl right, bert wrong
    assert _value(table, "speaker", "uar") == pytest.approx((1.0 + 0.75) / 2)
    assert _value(table, "speaker", "accuracy") == pytest.approx((1.0 + 2 / 3) / 2)
    assert [int(_value(table, unit, "uar", "n")) for unit in ("update", "client", "speaker")] == [8, 6, 3]
    # the majority value: of updates, female 3/4 and 1/4, male 1/4 and 3/4; of speakers, male 1/2 and 2/3
    assert _value(table, "update", "accuracy", "chance") == pytest.approx(0.5)
    assert _value(table, "speaker", "accuracy", "chance") == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert set(table[table["metric"] == "uar"]["chance"]) == {0.5}


def test_columns_are_exactly_these() -> None:
    table = leakage([FOUND], TRUTH, SETTING, Scores(), Stream(1))
    names = "private_corpus,shadow_corpora,features,algorithm,defense,attack,layer,attribute,unit,metric"
    numbers = "value,low,high,chance,n,persons,fold_sd,p_value,p_holm,difference,difference_low,difference_high"
    assert ",".join(table.columns) == f"{names},reference,{numbers}"
    assert list(table.columns) == LEAKAGE_COLUMNS
    assert table["shadow_corpora"].unique().tolist() == ["emodb+ased"]
    assert table[["unit", "metric"]].apply(tuple, axis=1).tolist() == [
        (unit, metric) for unit in ("update", "client", "speaker") for metric in ("uar", "accuracy")
    ]


def test_golden_files(tmp_path: Path) -> None:
    """Regenerate them on purpose only: they pin columns, order, rounding and the random stream."""
    write_csv(tmp_path / "leakage.csv", leakage([FOUND], TRUTH, SETTING, Scores(bootstrap=200), Stream(1)))
    write_csv(tmp_path / "leakage_rounds.csv", leakage_over_rounds([FOUND], TRUTH, Scores(bootstrap=200), Stream(1)))
    for name in ("leakage.csv", "leakage_rounds.csv"):
        assert (tmp_path / name).read_text() == (GOLDEN / name).read_text()


def test_rounds_by_hand() -> None:
    table = leakage_over_rounds([FOUND], TRUTH, Scores(), Stream(1))
    assert table[["first_round", "last_round", "n"]].to_numpy().tolist() == [[1, 1, 3], [2, 2, 3], [3, 3, 2]]
    # round 1: female 1/2, male 0/1; round 2: female 0/1, male 2/2 over two folds; round 3: female 1/1, male 0/1
    assert table["uar"].tolist() == pytest.approx([0.25, 0.5, 0.5])
    two = leakage_over_rounds([FOUND], TRUTH, Scores(round_bins=2), Stream(1))
    assert two[["first_round", "last_round"]].to_numpy().tolist() == [[1, 2], [3, 3]]


def test_a_round_without_one_value_has_no_uar(tmp_path: Path) -> None:
    found = _found(
        [("private-0", 1, "client-1", 0.1), ("private-0", 2, "client-2", 0.1), ("private-0", 2, "client-3", 0.9)]
    )
    table = leakage_over_rounds([found], TRUTH, Scores(), Stream(1))
    assert table["uar"].isna().tolist() == [True, False]
    write_csv(tmp_path / "rounds.csv", table)
    assert (tmp_path / "rounds.csv").read_text().splitlines()[1] == "logistic,dense1,1,1,,,,0.500000,1"


def _study(seed: int, speakers: int, sure: float) -> tuple[AttackScores, Truth]:
    """Two folds, 20 rounds; the score of the true value is ``sure`` on average."""
    rng = np.random.default_rng(seed)
    clients = [(f"private-{f}", f"client-{s}", f"speaker-{s}", s % 2) for f in (0, 1) for s in range(speakers)]
    right = lambda value: sure if value else 1.0 - sure  # noqa: E731
    rows = [(t, n, c, float(rng.random() < right(v))) for t, c, _, v in clients for n in range(1, 21)]
    return _found(rows), _truth(clients)


def _uar_rows(seed: int, speakers: int, sure: float) -> pd.DataFrame:
    found, truth = _study(seed, speakers, sure)
    table = leakage([found], truth, SETTING, Scores(bootstrap=400, permutations=99), Stream(2))
    return table[table["metric"] == "uar"]


def test_a_sure_attack_is_found() -> None:
    rows = _uar_rows(0, 30, 0.9)
    assert (rows["low"] > 0.8).all()
    assert (rows["high"] > rows["low"]).any()


def test_a_blind_attack_stays_at_chance() -> None:
    """In about 95 of 100 studies the interval of an answer that knows nothing holds the chance level."""
    tables = [_uar_rows(seed, 24, 0.5) for seed in range(40)]
    holds = np.array([((t["low"] <= t["chance"]) & (t["chance"] <= t["high"])).to_numpy() for t in tables])
    assert (holds.mean(axis=0) >= 0.85).all()


def test_averaging_over_a_speaker_helps_a_weak_attack() -> None:
    table = leakage([_study(1, 30, 0.65)[0]], _study(1, 30, 0.65)[1], SETTING, Scores(), Stream(2))
    assert _value(table, "speaker", "uar") > _value(table, "update", "uar") + 0.1


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_order_of_updates_does_not_matter(seed: int) -> None:
    found, truth = _study(3, 6, 0.7)
    order = np.random.default_rng(seed).permutation(len(found.updates))
    shuffled = AttackScores("logistic", "dense1", found.updates.iloc[order].reset_index(drop=True), found.scores[order])
    settings_ = Scores(bootstrap=100, permutations=99)
    tables = [leakage([one], truth, SETTING, settings_, Stream(1)) for one in (found, shuffled)]
    pd.testing.assert_frame_equal(*tables)


def test_an_attack_scores_the_same_alone_and_beside_others() -> None:
    found, truth = _study(3, 6, 0.7)
    other = AttackScores("majority", "all", found.updates, np.tile([1.0, 0.0], (len(found.updates), 1)))
    beside = leakage([other, found], truth, SETTING, Scores(), Stream(1))
    alone = leakage([found], truth, SETTING, Scores(), Stream(1))
    pd.testing.assert_frame_equal(beside[beside["attack"] == "logistic"].reset_index(drop=True), alone)
    constant = beside[(beside["attack"] == "majority") & (beside["metric"] == "uar")]
    assert constant[["value", "low", "high"]].to_numpy().tolist() == [[0.5, 0.5, 0.5]] * 3


def test_a_value_that_only_shadow_speakers_have_is_a_wrong_answer_and_no_recall() -> None:
    clients = pd.DataFrame(
        [("p", "a", "anna", 0), ("p", "b", "bert", 1)], columns=["training", "client", "speaker", "value"]
    )
    updates = pd.DataFrame([("p", 1, "a"), ("p", 1, "b")], columns=["training", "round", "client"])
    found = AttackScores("logistic", "dense1", updates, np.array([[0.8, 0.1, 0.1], [0.1, 0.2, 0.7]]))
    table = leakage([found], Truth("gender", ("female", "male", "other"), clients), SETTING, Scores(), Stream(1))
    assert table[table["metric"] == "uar"][["value", "chance"]].to_numpy().tolist() == [[0.5, 0.5]] * 3


def test_every_update_is_counted_once() -> None:
    found, truth = _study(4, 7, 0.6)
    counts, number = count(join(found, truth), "update")
    assert counts.sum() == number == len(found.updates) == 280
    assert counts.sum(axis=(2, 3)).tolist() == [[20] * 7] * 2
    hits = found.scores.argmax(axis=1) == found.updates["client"].str.removeprefix("client-").astype(int) % 2
    assert np.trace(counts.sum(axis=(0, 1))) == hits.sum()


def test_a_contradictory_truth_is_refused_with_all_its_mistakes() -> None:
    with pytest.raises(InputError) as refused:
        _truth([("p", "c1", "anna", 0), ("p", "c1", "anna", 0), ("p", "c2", "bert", 0), ("p", "c3", "bert", 2)])
    assert str(refused.value).splitlines() == [
        "truth of gender: client c1 of p given more than once",
        "truth of gender: speaker bert has value 2 (choose from 0 to 1)",
        "truth of gender: speaker bert has more than one value",
    ]
    with pytest.raises(
        InputError, match=r"^truth of gender: every private speaker is 'male', so that there is nothing"
    ):
        _truth([("p", "c1", "bert", 1), ("p", "c2", "carl", 1)])


def test_scores_that_do_not_fit_are_refused_with_all_their_mistakes() -> None:
    rows = [("private-0", 1, "client-1", np.nan), ("private-0", 1, "client-1", 0.2), ("private-9", 1, "client-1", 0.2)]
    with pytest.raises(InputError) as refused:
        join(_found(rows), TRUTH)
    assert str(refused.value).splitlines() == [
        "scores of logistic on dense1: 1 of 3 updates have a score that is not finite",
        "scores of logistic on dense1: client client-1 of private-0 scored more than once in round 1",
        "scores of logistic on dense1: client client-1 of private-9 is not in the truth",
    ]
    with pytest.raises(InputError, match=r"^scores of logistic on dense1: shape \(8, 3\), but 8 updates and 2 values$"):
        join(AttackScores("logistic", "dense1", FOUND.updates, np.zeros((8, 3))), TRUTH)


def test_updates_of_one_value_only_have_no_uar() -> None:
    with pytest.raises(InputError) as refused:
        leakage([_found([("private-0", 1, "client-1", 0.1)])], TRUTH, SETTING, Scores(), Stream(1))
    assert str(refused.value) == (
        "scores of logistic on dense1: no captured update is of a client with gender 'male',"
        " so that no UAR is defined; train or capture more rounds"
    )
