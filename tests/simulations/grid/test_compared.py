"""Cells beside their baseline: which attack speaks for each, the paired difference, and what is said of it."""

import numpy as np
import pandas as pd
import pytest

from simulations.grid.compared import compared
from simulations.grid.compared_rows import compared_rows, compared_sentences
from simulations.grid.paired import paired_difference
from simulations.scoring import Scores

DEFENSES = ["none", "clip", "noise", "sign"]
SPEAKERS = [f"s{number}" for number in range(20)]
RIGHT = {"none": 9, "clip": 9, "noise": 5, "sign": 10}
"""Of ten updates of a speaker, how many the strongest attack reads right."""


def persons(cell: str, attack: str, right: int) -> list[dict[str, object]]:
    return [
        {"axis defense": cell, "attack": attack, "layer": "dense1", "training": f"private-{fold}", "speaker": speaker}
        | {"person": speaker, "value": "female" if place % 2 else "male", "updates": 10, "right": right - place % 3}
        for fold in range(2)
        for place, speaker in enumerate(SPEAKERS)
    ]


def leakage(cell: str, attack: str, right: int) -> list[dict[str, object]]:
    value = right / 10 - 0.095
    known = {"axis defense": cell, "attack": attack, "layer": "dense1", "metric": "uar", "private_corpus": "a"}
    bounds = {"value": value, "low": value - 0.05, "high": value + 0.05, "chance": 0.5}
    return [known | bounds | {"unit": unit} for unit in ("update", "client", "speaker")]


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    attacks = {cell: {"logistic": right, "bias": 4} for cell, right in RIGHT.items()}
    attacks["noise"]["logistic-static"] = 5
    attacks["clip"]["logistic-static"] = 10
    rows = [(cell, attack, right) for cell, own in attacks.items() for attack, right in own.items()]
    return {
        "leakage.csv": pd.DataFrame([line for row in rows for line in leakage(*row)]),
        "leakage_persons.csv": pd.DataFrame([line for row in rows for line in persons(*row)]),
    }


def found(tables: dict[str, pd.DataFrame], cells: list[str] = DEFENSES):
    done = [{"defense": cell} for cell in cells]
    return compared({"defense": "none"}, done, tables, lambda labels: (Scores(bootstrap=200), 7))


def test_each_cell_is_set_beside_its_baseline(tables: dict[str, pd.DataFrame]) -> None:
    clip, noise, sign = found(tables)
    assert (clip.best["attack"], noise.best["attack"], sign.best["attack"]) == (
        "logistic-static",
        "logistic-static",
        "logistic",
    )
    assert clip.adaptive is not None and clip.adaptive["value"] == pytest.approx(0.805) and sign.static is None
    # Everyone is read one of ten times more with clip and sign, four times less with noise, whatever the resample.
    for one, difference in ((clip, 0.1), (noise, -0.4), (sign, 0.1)):
        assert [one.difference, one.low, one.high] == pytest.approx([difference] * 3)
    assert [one.verdict for one in (clip, noise, sign)] == ["raises", "lowers", "raises"]
    assert noise.at_chance and not clip.at_chance
    assert compared_sentences([clip, noise, sign]) == [
        "Against none, less is read with noise (-0.40). More is read with clip (+0.10) and sign (+0.10). At chance,"
        " as far as these intervals tell, are noise."
    ]
    assert compared_rows([noise])[0].cells == (
        "noise",
        "none",
        "logistic-static 0.41",
        "0.41 [0.36, 0.46]",
        "0.41 [0.36, 0.46]",
        "-0.40 [-0.40, -0.40]",
        "lower, at chance",
    )


def test_what_is_no_difference_is_not_decided(tables: dict[str, pd.DataFrame]) -> None:
    leak = tables["leakage.csv"]
    same = tables | {"leakage.csv": leak[leak["attack"] != "logistic-static"]}
    assert [one.verdict for one in found(same, ["none", "clip"])] == ["not decided"]
    assert compared_sentences(found(same, ["none", "clip"])) == [
        "Against none, nothing lowers what is read of an update. No protection is shown by clip: the interval of the"
        " difference holds zero."
    ]


def test_without_a_baseline_or_without_persons_nothing_is_decided(tables: dict[str, pd.DataFrame]) -> None:
    assert found(tables, ["clip", "noise"]) == []
    old = found(tables | {"leakage_persons.csv": pd.DataFrame()})
    assert all(np.isnan(one.difference) and one.verdict == "" for one in old) and compared_sentences(old) == []


def test_the_difference_is_that_of_the_uars_over_the_persons_that_both_heard() -> None:
    rng = np.random.default_rng(3)
    one, other = pd.DataFrame(persons("a", "x", 8)), pd.DataFrame(persons("b", "x", 8))
    one["right"], other["right"] = rng.integers(3, 10, 40), rng.integers(0, 7, 40)
    other = other[other["speaker"] != "s3"]

    def by_hand(table: pd.DataFrame) -> float:
        table = table[table["speaker"] != "s3"]
        shares = table.groupby(["training", "value"])[["right", "updates"]].sum()
        return float((shares["right"] / shares["updates"]).groupby("value").mean().mean())

    value, low, high = paired_difference(one, other, Scores(), 7)
    assert value == pytest.approx(by_hand(one) - by_hand(other)) and low < value < high
    assert (value, low, high) == paired_difference(one, other, Scores(), 7)
