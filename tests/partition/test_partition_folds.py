"""Folds are speaker-disjoint, complete, and of equal size: in the paper's order, or balanced."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import InputError
from fedser.partition.folds import Folds, held_out, natural
from fedser.seeds import Stream

STREAM = Stream(1)("folds")


def speakers(names, values=("f", "m"), corpus=None):
    frame = pd.DataFrame({"speaker": list(names), "gender": [v for v, _ in zip(itertools.cycle(values), names)]})
    return frame if corpus is None else frame.assign(corpus=corpus)


def test_the_papers_91_speakers_in_order():
    names = [str(number) for number in range(1001, 1092)]
    folds = Folds(order="ordered").of(speakers(names[::-1]), "gender", STREAM)
    assert [len(fold) for fold in folds] == [19, 18, 18, 18, 18]
    assert [name for fold in folds for name in fold] == names
    assert folds[0][0] == "1001" and folds[0][-1] == "1019"


def test_numbers_in_names_are_ordered_by_their_value():
    names = ["p/1", "p/2", "p/02b", "p/9", "p/10", "p/10a", "p/11", "q", "q/1", "10"]
    folds = Folds(number=10, order="ordered").of(speakers(names), "gender", STREAM)
    assert [name for (name,) in folds] == ["10", "p/1", "p/2", "p/02b", "p/9", "p/10", "p/10a", "p/11", "q", "q/1"]


@given(st.lists(st.text("a0127/", max_size=6), unique=True))
def test_the_natural_order_is_one_order(names):
    assert len(set(map(natural, names))) == len(names)
    numbers = [name for name in names if name.isdecimal()]
    assert [int(name) for name in sorted(numbers, key=natural)] == sorted(map(int, numbers))


@pytest.mark.parametrize("order", ["ordered", "balanced"])
@given(number=st.integers(2, 7), more=st.integers(0, 40), seed=st.integers(0, 9))
def test_each_speaker_is_held_out_once(order, number, more, seed):
    table = speakers([f"s{index:02d}" for index in range(number + more)])
    folds = Folds(number=number, order=order).of(table, "gender", Stream(seed))
    assert sorted(name for fold in folds for name in fold) == sorted(table["speaker"])
    assert max(map(len, folds)) - min(map(len, folds)) <= 1 and len(folds) == number


@given(women=st.integers(0, 30), men=st.integers(0, 30), seed=st.integers(0, 9))
def test_balanced_folds_share_each_value_evenly(women, men, seed):
    if women + men < 5:
        return
    table = speakers([f"s{index:02d}" for index in range(women + men)], ["f"] * women + ["m"] * men or ["f"])
    gender = dict(zip(table["speaker"], table["gender"], strict=True))
    folds = Folds().of(table, "gender", Stream(seed))
    for value in ("f", "m"):
        counts = [sum(gender[name] == value for name in fold) for fold in folds]
        assert max(counts) - min(counts) <= 1


def test_balanced_folds_are_drawn_and_do_not_follow_the_tables_order():
    table = speakers([f"s{index:02d}" for index in range(40)])
    one = Folds().of(table, "gender", Stream(1))
    assert one == Folds().of(table.sample(frac=1, random_state=0), "gender", Stream(1))
    assert one != Folds().of(table, "gender", Stream(2))


def test_a_speaker_without_a_value_is_in_a_fold_too():
    table = speakers([f"s{index}" for index in range(10)])
    table.loc[3, "gender"] = None
    assert sorted(itertools.chain(*Folds().of(table, "gender", STREAM))) == sorted(table["speaker"])


def test_joined_corpora_are_folded_each_by_itself():
    table = pd.concat([speakers([f"{c}{i:02d}" for i in range(n)], corpus=c) for c, n in (("a", 10), ("b", 24))])
    for order in ("ordered", "balanced"):
        folds = Folds(order=order).of(table, "gender", STREAM)
        assert [sum(name.startswith("a") for name in fold) for fold in folds] == [2] * 5
        assert sorted(sum(name.startswith("b") for name in fold) for fold in folds) == [4, 5, 5, 5, 5]


def sessions(people, corpus=None):
    """Each person calm and stressed, but for the first, who was never calm."""
    rows = [(f"{person}-{state}", person, state) for person in people for state in ("calm", "stressed")][1:]
    frame = pd.DataFrame(rows, columns=["speaker", "person", "stress"])
    return frame if corpus is None else frame.assign(corpus=corpus)


@pytest.mark.parametrize("order", ["ordered", "balanced"])
@given(number=st.integers(2, 5), more=st.integers(0, 20), seed=st.integers(0, 9))
def test_no_person_is_on_both_sides_of_a_fold(order, number, more, seed):
    table = sessions([f"{index:02d}" for index in range(number + more)])
    person = dict(zip(table["speaker"], table["person"], strict=True))
    folds = Folds(number=number, order=order).of(table, "stress", Stream(seed))
    assert sorted(name for fold in folds for name in fold) == sorted(table["speaker"])
    people = [{person[name] for name in fold} for fold in folds]
    assert sum(map(len, people)) == len(set.union(*people)) == number + more
    assert max(map(len, people)) - min(map(len, people)) <= 1


def test_persons_in_order_bring_their_sessions():
    folds = Folds(number=3, order="ordered").of(sessions(["2", "10", "1"]), "stress", STREAM)
    assert folds == [("1-calm", "1-stressed"), ("2-stressed",), ("10-calm", "10-stressed")]


def test_speakers_who_are_each_a_person_are_folded_as_speakers():
    table = speakers([f"s{index:02d}" for index in range(12)])
    assert Folds().of(table.assign(person=table["speaker"]), "gender", STREAM) == Folds().of(table, "gender", STREAM)


def test_persons_may_have_numbers_or_nothing_as_their_values():
    table = sessions("abc").assign(age=pd.array([21, None, 22, 23, 23], dtype="Int64"))
    folds = Folds(number=3).of(table, "age", STREAM)
    assert sorted(folds) == [("a-stressed",), ("b-calm", "b-stressed"), ("c-calm", "c-stressed")]


def test_fewer_persons_than_folds_are_refused():
    with pytest.raises(InputError) as caught:
        Folds().of(sessions("abcd", corpus="muse"), "stress", STREAM)
    assert str(caught.value) == (
        "partition.folds.number: 5 folds, but corpus muse has only 4 persons; choose at most 4"
    )


def test_fewer_speakers_than_folds_are_refused():
    with pytest.raises(InputError) as caught:
        Folds().of(speakers("abcd"), "gender", STREAM)
    assert str(caught.value) == (
        "partition.folds.number: 5 folds, but corpus given has only 4 speakers; choose at most 4"
    )
    with pytest.raises(InputError, match="but corpus emodb has only 3 speakers"):
        Folds().of(speakers("abc", corpus="emodb"), "gender", STREAM)


def test_held_out_are_the_utterances_of_the_fold_alone():
    utterances = pd.Series(list("cabbcda"), index=range(10, 17))
    assert held_out(utterances, ("c", "d")).tolist() == [True, False, False, False, True, True, False]
    assert not held_out(utterances, ("e",)).any()


def test_the_table_stays_as_it_is():
    table = speakers("fedcba")
    for order in ("ordered", "balanced"):
        Folds(order=order).of(table, "gender", STREAM)
    assert list(table["speaker"]) == list("fedcba") and isinstance(table.index, pd.RangeIndex)
    assert np.array_equal(table["gender"], ["f", "m"] * 3)


def test_the_papers_order_of_the_speakers_of_msp_improv():
    """M01, F01, M02, ...: the natural order would put one gender alone into a fold."""
    names = [f"{letter}0{number}" for number in range(1, 7) for letter in "MF"]
    table = speakers([f"msp/{name}" for name in sorted(names)], corpus="msp")
    folds = Folds(order="ordered", listed={"msp": tuple(names)}).of(table, "gender", STREAM)
    assert [name for fold in folds for name in fold] == [f"msp/{name}" for name in names]
    assert [len(fold) for fold in folds] == [3, 3, 2, 2, 2]
    assert {name[4] for name in Folds(order="ordered").of(table, "gender", STREAM)[0]} == {"F"}


def test_a_listed_speaker_may_be_absent_and_none_may_be_unlisted():
    table = speakers(["c/a", "c/b"], corpus="c")
    folds = Folds(number=2, order="ordered", listed={"c": ("b", "x", "a")}).of(table, "gender", STREAM)
    assert folds == [("c/b",), ("c/a",)]
    with pytest.raises(InputError, match=r"^partition.folds.listed.c: without c/b; list every speaker of this corpus$"):
        Folds(number=2, order="ordered", listed={"c": ("a",)}).of(table, "gender", STREAM)


def test_drawn_folds_are_independent_draws_of_a_share_of_each_value():
    table = speakers([f"s{index:02d}" for index in range(48)])
    folds = Folds(number=20, order="drawn", share=0.25).of(table, "gender", STREAM)
    for fold in folds:
        assert len(set(fold)) == len(fold) == 12
        assert table[table["speaker"].isin(fold)]["gender"].value_counts().to_dict() == {"f": 6, "m": 6}
    assert len(set(folds)) == 20 and len({name for fold in folds for name in fold}) == 48, "they overlap"
    assert folds == Folds(number=20, order="drawn", share=0.25).of(table, "gender", STREAM)
    assert [len(fold) for fold in Folds(order="drawn").of(speakers("abcd"), "gender", STREAM)] == [2] * 5
