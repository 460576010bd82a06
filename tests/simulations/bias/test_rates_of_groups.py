"""Rates, differences, parity and balance of groups, against numbers worked out by hand and against other code."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, fisher_exact
from sklearn.metrics import precision_score, recall_score

from fedser.metrics.calibration import bins_of, calibration_error
from fedser.metrics.proportions import newcombe, wilson
from fedser.metrics.rates import rates, with_shares
from simulations.bias.grouping import CROSS

Tables = Callable[..., dict[str, pd.DataFrame]]


def cell(table: pd.DataFrame, **keys: str) -> "pd.Series[float]":
    for key, value in keys.items():
        table = table[table[key.removesuffix("_")] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_rates_of_a_class_against_the_rest_by_hand() -> None:
    found = rates(np.array([[6, 2, 2], [1, 8, 1], [0, 0, 0]]))
    assert found["tpr"].value[:2].tolist() == [0.6, 0.8] and np.isnan(found["tpr"].value[2])
    assert found["fpr"].value.tolist() == [0.1, 0.2, 0.15]
    assert found["tnr"].value == pytest.approx([0.9, 0.8, 0.85]) and found["fnr"].value[:2] == pytest.approx([0.4, 0.2])
    assert found["precision"].value == pytest.approx([6 / 7, 0.8, 0.0])
    assert found["fpr"].wholes.tolist() == [10, 10, 20]


def test_another_balance_changes_what_depends_on_it_and_nothing_else() -> None:
    counts = np.array([[80, 20], [5, 5]])
    even = with_shares(counts, np.array([0.5, 0.5]))
    assert even.sum() == pytest.approx(110) and even.sum(axis=1) == pytest.approx([55, 55])
    assert rates(even)["tpr"].value == pytest.approx(rates(counts)["tpr"].value)
    assert rates(even)["precision"].value == pytest.approx([0.8 / 1.3, 0.5 / 0.7])  # not 80/85 and 5/25


def test_intervals_of_proportions_are_the_published_examples() -> None:
    one, other = wilson(56 / 70, 70, 0.95), wilson(48 / 80, 80, 0.95)
    theirs = binomtest(56, 70).proportion_ci(method="wilson")
    assert (one.low, one.high) == pytest.approx((theirs.low, theirs.high))
    # Newcombe 1998, "Interval estimation for the difference", Table II, method 10.
    apart = newcombe(one, other)
    assert (apart.low, apart.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert wilson(1.0, 10, 0.95).high == 1.0 and wilson(1.0, 10, 0.95).low == pytest.approx(0.7225, abs=1e-4)


def test_calibration_error_by_hand() -> None:
    assert bins_of(np.array([0.0, 0.1, 0.11, 0.95, 1.0]), 10).tolist() == [0, 0, 1, 9, 9]
    sums = np.array([[4.0, 3.6, 2.0], [6.0, 3.3, 3.3]])  # 4 rows that claim 0.9 of which half are right; 6 exact ones
    assert calibration_error(sums) == pytest.approx(0.16)


def test_the_published_rates_come_out_of_a_table_that_has_them(tables: Tables, published: pd.DataFrame) -> None:
    paper = tables(published, paper=True)["paper"]
    assert len(paper) == 8
    assert paper["ours"].round(2).tolist() == paper["printed"].tolist()
    neutral = paper[(paper["class"] == "neutral") & (paper["rate"] == "tpr")].set_index("group")["n"]
    assert neutral.to_dict() == {"female": 324, "male": 830}
    inside = (paper["difference_low"] <= 0) & (paper["difference_high"] >= 0)
    assert inside.all()


def test_rates_are_those_of_scikit_learn(tables: Tables, published: pd.DataFrame) -> None:
    found = tables(published)["rates"]
    for gender, rows in published.groupby("gender"):
        true, said = rows["true"] == "happy", rows["predicted"] == "happy"
        assert cell(found, group=gender, class_="happy", rate="tpr")["value"] == recall_score(true, said)
        assert cell(found, group=gender, class_="happy", rate="precision")["value"] == precision_score(true, said)
        tnr = cell(found, group=gender, class_="happy", rate="tnr")
        assert tnr["value"] == recall_score(~true, ~said) and tnr["n"] == (~true).sum()
        assert tnr["low"] < tnr["value"] < tnr["high"]


def test_without_persons_a_difference_is_tested_exactly(tables: Tables, published: pd.DataFrame) -> None:
    rows = tables(published)["differences"]
    happy = cell(rows, class_="happy", rate="tpr")
    assert happy["reference"] == "male" and happy["difference"] == pytest.approx(0.07)
    assert happy["p_value"] == pytest.approx(fisher_exact([[340, 60], [390, 110]]).pvalue)
    assert cell(rows, class_="happy", rate="fnr")["p_value"] == happy["p_value"] <= happy["p_holm"]
    assert happy["ratio"] == pytest.approx(0.85 / 0.78) and happy["ratio_low"] < 0.85 / 0.78 < happy["ratio_high"]


def test_parity_is_the_largest_difference_between_groups(tables: Tables, published: pd.DataFrame) -> None:
    rows = tables(published)["parity"]
    said = cell(rows, class_="happy", measure="demographic_parity_difference")
    assert said["value"] == pytest.approx(490 / 1000 - 490 / 1750)
    odds = cell(rows, class_="happy", measure="equalized_odds_difference")
    assert odds["value"] == pytest.approx(150 / 600 - 100 / 1250)  # that of FPR, above 0.07 of TPR
    assert cell(rows, class_="happy", measure="demographic_parity_ratio")["value"] == pytest.approx(490 / 1750 / 0.49)


def test_a_gap_that_is_balance_alone_is_gone_at_an_equal_one(tables: Tables) -> None:
    """Both groups have the same confusions, but not as often each class."""
    cells = {("a", "a"): 9, ("a", "b"): 1, ("b", "a"): 4, ("b", "b"): 6}
    table = pd.DataFrame(
        [
            (gender, true, said)
            for gender, often in (("f", {"a": 40, "b": 4}), ("m", {"a": 4, "b": 40}))
            for (true, said), number in cells.items()
            for _ in range(number * often[true])
        ],
        columns=["gender", "true", "predicted"],
    )
    found = tables(table)
    gaps = found["balanced"]
    right = cell(gaps, rate="accuracy")
    assert abs(right["difference"]) > 0.2 and right["balanced"] == pytest.approx(0.0, abs=1e-12)
    assert right["balanced_low"] <= 0.0 <= right["balanced_high"]
    assert cell(gaps, class_="a", rate="tpr")["change"] == pytest.approx(0.0, abs=1e-12)
    assert abs(cell(gaps, class_="a", rate="precision")["difference"]) > 0.2
    assert found["balance"].query("group == 'f' and `class` == 'a'")["share"].item() == pytest.approx(40 / 44)


SCORED = {"scores": {"yes": "yes", "no": "no"}, "subject": "speaker"}


def test_a_planted_gap_between_persons_is_found_and_an_absent_one_is_not(
    tables: Tables, people: Callable[..., pd.DataFrame]
) -> None:
    planted = tables(people(40, 20, gap=0.3), SCORED)["differences"]
    absent = tables(people(40, 20), SCORED)["differences"]
    assert planted["p_holm"].max() < 0.05 < absent["p_holm"].min()


def test_rows_of_few_persons_are_worth_no_more_than_the_persons(
    tables: Tables, people: Callable[..., pd.DataFrame]
) -> None:
    """Each person a hundred times over: as if each row were another's, any difference would be sure."""
    many = pd.concat([people(8, 5, gap=0.2)] * 100, ignore_index=True)
    alone = {"scores": SCORED["scores"]}
    apart, together = (tables(many, source)["differences"] for source in (alone, SCORED))
    width = lambda rows: (rows["difference_high"] - rows["difference_low"]).mean()  # noqa: E731
    assert width(together) > 3 * width(apart)
    assert together["p_value"].min() >= 1 / 70 - 1e-12  # of 8 persons, 4 of either group, there are 70 dealings
    assert apart["p_value"].min() < 1e-6


def test_small_groups_are_flagged_and_there(tables: Tables, people: Callable[..., pd.DataFrame]) -> None:
    table = people(12, 20)
    table.loc[table["speaker"] == "p00", "race"] = "z"
    found = tables(table, SCORED, groups=["gender", "race"])
    rows = found["rates"]
    assert set(rows["grouping"]) == {"gender", "race", CROSS.join(["gender", "race"])}
    few = rows[rows["group"] == "z"]
    assert len(few) == 10 and few["small"].all() and (few["persons"] <= 1).all()
    assert not rows[(rows["group"] == "female") & (rows["rate"] == "tpr")]["small"].any()
    assert [f"{gender}{CROSS}z" in set(rows["group"]) for gender in ("female", "male")] == [True, False]
    assert found["differences"].query("group == 'z'")["small"].all()
    assert found["calibration"].set_index("group").loc["z", "small"]


def test_a_rate_of_one_has_an_honest_interval(tables: Tables, people: Callable[..., pd.DataFrame]) -> None:
    table = people(12, 10, gap=0.0)
    table["yes"] = np.where(table["true"] == "yes", 0.9, 0.1)
    table["no"] = 1 - table["yes"]
    perfect = cell(tables(table, SCORED)["rates"], group="female", class_="yes", rate="tpr")
    assert (perfect["value"], perfect["high"]) == (1.0, 1.0)
    assert perfect["low"] == pytest.approx(wilson(1.0, 6, 0.95).low)  # six women


def test_calibration_tells_who_is_too_sure(tables: Tables, people: Callable[..., pd.DataFrame]) -> None:
    table = people(40, 20, gap=0.3)
    found = tables(table, SCORED)
    rows = found["calibration"].set_index("group")
    sure = table[["yes", "no"]].max(axis=1)
    right = (table["yes"] >= table["no"]) == (table["true"] == "yes")
    for gender in ("female", "male"):
        mine = table["gender"] == gender
        assert rows.loc[gender, "confidence"] == pytest.approx(sure[mine].mean())
        assert rows.loc[gender, "accuracy"] == pytest.approx(right[mine].mean())
    assert rows.loc["male", "accuracy"] < rows.loc["male", "confidence"]
    bins = found["reliability"]
    assert bins.groupby("group")["n"].sum().to_dict() == {"female": 400, "male": 400}


def test_the_same_audit_gives_the_same_numbers(tables: Tables, people: Callable[..., pd.DataFrame]) -> None:
    one, other = (tables(people(12, 10), SCORED) for _ in range(2))
    for name in one:
        pd.testing.assert_frame_equal(one[name], other[name])
    moved = tables(people(12, 10), SCORED, seed=1)["rates"]
    assert (moved["value"].dropna() == one["rates"]["value"].dropna()).all()
    assert (moved["low"] != one["rates"]["low"]).any()


def test_ages_are_cut_and_the_reference_is_as_asked(tables: Tables, people: Callable[..., pd.DataFrame]) -> None:
    table = people(12, 10)
    table["age"] = table["speaker"].str[1:].astype(int) + 25
    groups = [{"name": "groups", "of": "age", "edges": [30, 33]}]
    rows = tables(table, SCORED, groups=groups, reference={"age_group": "under 30"})["differences"]
    assert list(dict.fromkeys(rows["group"])) == ["30 to under 33", "33 or more"]
    assert set(rows["reference"]) == {"under 30"}
