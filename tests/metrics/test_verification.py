"""Error rates by hand, and identification with ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import InputError
from fedser.metrics.verification import Trials, hits


def trials(same, other):
    return Trials.of(np.array([*same, *other], dtype=float), np.array([True] * len(same) + [False] * len(other)))


def test_the_equal_error_rate_by_hand():
    # Accepting what is above 0.4: one of four others (0.6) is accepted, one of four own (0.3) refused.
    assert trials([0.9, 0.8, 0.7, 0.3], [0.6, 0.4, 0.2, 0.1]).eer() == pytest.approx(0.25)
    assert trials([3, 4], [1, 2]).eer() == 0.0
    assert trials([1, 2], [3, 4]).eer() == 1.0
    assert trials([5, 5], [5, 5]).eer() == pytest.approx(0.5)  # between accepting all and nothing
    # Between 0 and 2 one of three own is refused, whether the other at 1 is accepted or not.
    assert trials([0, 2, 3], [1, -1]).eer() == pytest.approx(1 / 3)


def test_rates_by_hand():
    accepted, refused = trials([2, 4], [1, 3]).rates()
    assert accepted.tolist() == [1.0, 0.5, 0.5, 0.0, 0.0] and refused.tolist() == [0.0, 0.0, 0.5, 0.5, 1.0]


def test_weights_count_trials_as_often():
    weighted = trials([0.9, 0.3, 0.8], [0.5, 0.2]).eer(np.array([1.0, 2.0, 0.0, 3.0, 1.0]))
    assert weighted == pytest.approx(trials([0.9, 0.3, 0.3], [0.5, 0.5, 0.5, 0.2]).eer())
    assert np.isnan(trials([1], [0]).eer(np.array([0.0, 1.0])))


@given(st.integers(0, 500))
def test_any_rising_map_of_scores_gives_the_same(seed):
    rng = np.random.default_rng(seed)
    same, other = rng.normal(1, 1, 20), rng.normal(0, 1, 50)
    found = trials(same, other).eer()
    assert trials(np.exp(same), np.exp(other)).eer() == pytest.approx(found)
    assert trials(-other, -same).eer() == pytest.approx(found)
    assert 0 <= found <= 1


def test_one_kind_of_trial_alone_is_refused():
    with pytest.raises(InputError, match=r"^verification: 2 of 2 trials are of one speaker; needs both kinds$"):
        trials([1, 2], [])


def test_ranks_by_hand_and_equal_scores_are_drawn():
    scores = np.array([[0.9, 0.1, 0.5], [0.9, 0.1, 0.5], [0.3, 0.3, 0.3]])
    own = np.array([0, 2, 1])
    assert hits(scores, own, 1).tolist() == [1.0, 0.0, pytest.approx(1 / 3)]
    assert hits(scores, own, 2).tolist() == [1.0, 1.0, pytest.approx(2 / 3)]
    assert hits(scores, own, 5).tolist() == [1.0, 1.0, 1.0]
