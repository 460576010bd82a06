"""ROC, its area and its low end, on trials small enough to be judged by hand."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score, roc_curve

from fedser.errors import InputError
from fedser.metrics.roc import Detection, Trials, balanced_accuracy, best_threshold, rates, recall_at

SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
MEMBERS = np.array([True, True, False, True, False, False])
PERSONS = np.array([0, 1, 0, 1, 2, 2])


@pytest.fixture
def trials():
    return Trials(SCORES, MEMBERS, PERSONS)


def test_a_curve_by_hand(trials):
    alarms, found = rates(trials, np.ones(6))
    np.testing.assert_allclose(alarms, [0, 0, 0, 1 / 3, 1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(found, [0, 1 / 3, 2 / 3, 2 / 3, 1, 1, 1])
    np.testing.assert_allclose(trials.curve(), [[0, 0, 0, 1 / 3, 1 / 3, 1], [0, 1 / 3, 2 / 3, 2 / 3, 1, 1]])


def test_rates_of_many_resamples_are_those_of_scikit_learn():
    rng = np.random.default_rng(5)
    scores, members = rng.integers(0, 12, 60).astype(float), rng.random(60) < 0.4  # with many equal scores
    weights = rng.integers(0, 4, (7, 60))
    alarms, found = rates(Trials(scores, members, np.arange(60)), weights)
    measured = Detection((0.1,), 4.5).measured(Trials(scores, members, np.arange(60)), weights)
    for row, own in enumerate(weights):
        theirs = roc_curve(members, scores, sample_weight=own, drop_intermediate=False)
        for point in zip(*theirs[:2], strict=True):  # which leaves out scores without weight
            assert np.isclose([alarms[row], found[row]], np.array(point)[:, None]).all(axis=0).any()
        right = balanced_accuracy_score(members, scores >= 4.5, sample_weight=own)
        best = theirs[1][theirs[0] <= 0.1].max()
        np.testing.assert_allclose(measured[row], [roc_auc_score(members, scores, sample_weight=own), right, best])


def test_recall_at_a_rate_is_the_highest_without_more_alarms(trials):
    alarms, found = rates(trials, np.ones(6))
    assert recall_at(alarms, found, 0.0) == pytest.approx(2 / 3)
    assert recall_at(alarms, found, 0.33) == pytest.approx(2 / 3)  # nothing is interpolated
    assert recall_at(alarms, found, 1 / 3) == 1.0


def test_what_is_measured_by_hand(trials):
    # Of nine pairs of a member and another, the member is ahead in eight.
    np.testing.assert_allclose(Detection((0.0, 0.5), 0.65).measured(trials), [8 / 9, (2 / 3 + 2 / 3) / 2, 2 / 3, 1.0])


def test_ties_count_half():
    tied = Trials(np.array([1.0, 1.0]), np.array([True, False]), np.array([0, 1]))
    np.testing.assert_allclose(Detection((0.0,), 1.0).measured(tied), [0.5, 0.5, 0.0])


def test_a_weight_is_a_repeated_trial(trials):
    weights, detection = np.array([1.0, 0.0, 2.0, 3.0, 1.0, 0.0]), Detection((0.0, 0.7), 0.65)
    times = weights.astype(int)
    repeated = Trials(np.repeat(SCORES, times), np.repeat(MEMBERS, times), np.repeat(PERSONS, times))
    np.testing.assert_allclose(detection.measured(trials, weights), detection.measured(repeated))


def test_intervals_hold_the_value_and_narrow_with_more_persons():
    rng, widths = np.random.default_rng(0), []
    for persons in (10, 160):
        own = np.repeat(np.arange(persons), 8)
        members = np.tile([True, False], persons * 4)
        scores = rng.standard_normal(len(own)) + members + 0.5 * rng.standard_normal(persons)[own]
        drawn = Detection((0.01,), 0.5).drawn(Trials(scores, members, own), 200, np.random.default_rng(1))
        area = drawn[0].interval(0.95)
        assert area.low < area.value < area.high
        widths.append(area.high - area.low)
    assert widths[1] < 0.5 * widths[0]


def test_persons_on_one_side_only_are_drawn_on_their_side():
    one_each = Trials(np.array([2.0, 1.0, 0.0]), np.array([True, True, False]), np.array([0, 1, 2]))
    drawn = Detection((0.01,), 0.5).drawn(one_each, 100, np.random.default_rng(0))
    assert all(np.isfinite(one.drawn).all() for one in drawn)
    assert (drawn[0].drawn == 1.0).all()


def test_the_best_threshold_lies_midway():
    # 0.75 finds two of three members and alarms at nobody; 0.55 finds three, and alarms at one: the higher of equals.
    assert best_threshold(SCORES, MEMBERS) == pytest.approx(0.75)
    assert best_threshold(np.array([1.0, 2.0, np.nan]), np.array([False, True, False])) == 1.5
    assert best_threshold(np.array([2.0, 1.0]), np.array([False, True])) == 1.0  # no better than calling all members


def test_without_both_sides_there_is_no_threshold(trials):
    assert np.isnan(best_threshold(SCORES, np.ones(6, np.bool_)))
    assert np.isnan(best_threshold(np.full(2, np.nan), np.array([True, False])))
    assert np.isnan(balanced_accuracy(trials, float("nan"), np.ones(6)))


def test_trials_that_cannot_be_judged_are_refused():
    with pytest.raises(InputError, match="6 scores, 5 members and 6 persons"):
        Trials(SCORES, MEMBERS[:5], PERSONS)
    with pytest.raises(InputError, match="a ROC needs members and others"):
        Trials(SCORES, np.ones(6, np.bool_), PERSONS)
    with pytest.raises(InputError, match="2 scores are not finite"):
        Trials(np.array([0.0, np.nan, np.inf]), np.array([True, False, True]), np.arange(3))
