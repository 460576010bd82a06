"""Where speakers are sessions, persons are what is split, counted and permuted by: two sessions are no two voices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attacks.shadow import Shadow, speaker_weights
from attacks.splits import held_out_speakers, speaker_folds
from fedser.errors import InputError
from fedser.seeds import Stream

PLANS = {
    "sessions differ": [(f"p{p}", session) for p in range(10) for session in (0, 1)],
    "sessions agree": [(f"p{p}", p % 2) for p in range(10) for session in (0, 1)],
    "mixed": [("p0", 0), ("p1", 0), ("p1", 1), ("p2", 1), ("p3", 0), ("p3", 0), ("p3", 1)],
}
each_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
seeds = st.integers(0, 99)


@pytest.fixture(scope="module")
def many(make_world):
    return make_world(speakers=20, rounds=2).shadow.updates.subset(range(60))


def shadow_of(many, plan):
    """The sessions of ``plan`` (person and label of each), in turn behind the updates."""
    chosen = [place % len(plan) for place in range(len(many))]
    labels, whose = tuple(plan[i][1] for i in chosen), tuple(plan[i][0] for i in chosen)
    return Shadow(many, labels, tuple(f"session-{i}" for i in chosen), ("calm", "stressed"), whose)


@each_plan
@given(share=st.floats(0.05, 0.9), seed=seeds)
def test_no_person_is_on_both_sides_and_every_value_on_each(many, plan, share, seed):
    shadow = shadow_of(many, plan)
    held = np.isin(np.arange(60), held_out_speakers(shadow, share, Stream(seed)))
    persons, labels = np.array(shadow.persons), shadow.truth
    assert not set(persons[held]) & set(persons[~held])
    assert set(labels[held]) == set(labels[~held]) == {0, 1}


@each_plan
@given(folds=st.integers(2, 6), seed=seeds)
def test_no_person_is_in_two_folds_and_every_value_is_left_to_train_on(many, plan, folds, seed):
    shadow = shadow_of(many, plan)
    fold, persons = speaker_folds(shadow, folds, Stream(seed)), np.array(shadow.persons)
    assert all(len(set(fold[persons == person])) == 1 for person in set(persons))
    assert all(set(shadow.truth[fold != number]) == {0, 1} for number in set(fold))


@each_plan
@given(seed=seeds)
def test_permuted_labels_stay_with_the_person_where_sessions_differ(many, plan, seed):
    shadow = shadow_of(many, plan)
    drawn = shadow.permuted(Stream(seed))
    for person in set(shadow.persons):
        own = [speaker for speaker, whose in zip(shadow.speakers, shadow.persons, strict=True) if whose == person]
        before, after = ([one.values[speaker] for speaker in own] for one in (shadow, drawn))
        assert sorted(before) == sorted(after) if len(set(before)) > 1 else len(set(after)) == 1


@given(seed=seeds)
def test_half_of_the_persons_change_sessions(many, seed):
    shadow = shadow_of(many, PLANS["sessions differ"])
    drawn = shadow.permuted(Stream(seed))
    assert sum(shadow.values[name] != drawn.values[name] for name in shadow.values) == 10  # of 20 sessions


def test_persons_weigh_alike_however_many_sessions_they_have():
    # Of value 0: anna with 3 updates of two sessions, bert with 1. Of value 1: anna with one.
    weights = speaker_weights(np.array([0, 0, 0, 0, 1]), ["anna", "anna", "anna", "bert", "anna"])
    assert weights == pytest.approx(np.array([1 / 3, 1 / 3, 1 / 3, 1, 2]) * 5 / 4)


def test_what_is_wrong_with_persons_is_said(many):
    shadow = shadow_of(many, PLANS["mixed"])
    with pytest.raises(InputError, match=r"^shadow: 60 updates, 60 labels and 60 speakers of 2 persons; give one"):
        Shadow(many, shadow.labels, shadow.speakers, shadow.classes, ("p0", "p1"))
    torn = ("p9", *shadow.persons[1:])
    with pytest.raises(InputError, match=r"^shadow labels: speakers with more than one person: session-0$"):
        Shadow(many, shadow.labels, shadow.speakers, shadow.classes, torn)


def test_one_person_of_a_value_cannot_be_held_out_whatever_the_sessions(many):
    shadow = shadow_of(many, [("p0", 0), ("p0", 0), ("p1", 1), ("p2", 1)])
    with pytest.raises(InputError, match=r"^one shadow speaker only with the value calm: none is left"):
        held_out_speakers(shadow, 0.5, Stream(1))
