"""Measures of detection by hand, and over runs."""

import numpy as np
import pytest

from fedser.errors import InputError
from fedser.metrics.detection import MEASURES, measures, over_runs, pr_points, roc_points

TRUTH = np.array([1, 1, 1, 0, 0, 0, 0, 0])
SCORES = np.array([0.9, 0.8, 0.3, 0.7, 0.4, 0.2, 0.1, 0.05])


def test_by_hand():
    """Two of three are found, with one alarm among five; of the 15 pairs 13 are in order."""
    found = measures(TRUTH, SCORES)
    assert tuple(found) == MEASURES
    assert found["accuracy"] == 6 / 8 and found["weighted_accuracy"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert found["precision"] == found["recall"] == found["f_score"] == pytest.approx(2 / 3)
    assert found["roc_auc"] == pytest.approx(13 / 15), "0.3 lies below 0.7 and 0.4"
    assert found["pr_auc"] == pytest.approx((1 + 1 + 3 / 5) / 3)


def test_who_says_nothing_has_no_precision():
    found = measures(TRUTH, np.full(8, 0.2))
    assert np.isnan(found["precision"]) and found["recall"] == found["f_score"] == 0
    assert found["roc_auc"] == 0.5 and found["pr_auc"] == pytest.approx(3 / 8)


def test_one_class_alone_is_refused():
    with pytest.raises(InputError, match="8 of 8 rows are of class 1"):
        measures(np.ones(8, dtype=np.int64), SCORES)


def test_curves_begin_and_end_where_they_must():
    alarms, found = roc_points(TRUTH, SCORES)
    assert (alarms[0], found[0], alarms[-1], found[-1]) == (0, 0, 1, 1) and (np.diff(found) >= 0).all()
    recall, precision = pr_points(TRUTH, SCORES)
    assert recall[0] == 0 and recall[-1] == 1 and precision[-1] == pytest.approx(3 / 8)


def test_students_interval_over_runs():
    """Of three runs t is 4.303 at 95 %."""
    mean, deviation, low, high = over_runs(np.array([0.6, 0.7, 0.8]))
    assert (mean, deviation) == (pytest.approx(0.7), pytest.approx(0.1))
    assert high - mean == mean - low == pytest.approx(4.302653 * 0.1 / np.sqrt(3), rel=1e-6)
    assert over_runs(np.array([0.6]))[0] == 0.6 and np.isnan(over_runs(np.array([0.6]))[1:]).all()
