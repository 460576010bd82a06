"""MAD and P_sc against sums done by hand, from the equations of Jaiswal and Mower Provost 2021."""

import math

import pytest

from fedser.errors import InputError
from fedser.metrics.attribution import (
    HIGH,
    LOW,
    MIDDLE,
    attribution_difference,
    explanation_set,
    mean,
    scaled,
    spurious,
)

LISTED = {"maybe", "mother", "damn"}


def test_weights_are_told_against_the_largest_of_their_text() -> None:
    assert scaled([0.5, -2.0, 1.0]) == [0.25, -1.0, 0.5]
    assert scaled([0.0, 0.0]) == [0.0, 0.0]
    assert scaled([]) == []


def test_the_set_of_an_explanation_holds_each_word_once_and_none_below_the_threshold() -> None:
    words, weights = ["so", "good", "so", "the"], [0.4, 2.0, -1.0, 0.1]
    assert explanation_set(words, weights, 0.1) == {"so": -0.5, "good": 1.0}
    assert explanation_set(words, weights, 0.0) == {"so": -0.5, "good": 1.0, "the": 0.05}
    assert explanation_set(["a"], [0.0], 0.0) == {}


def test_what_is_avoided_less_what_is_added_over_the_listed_words_of_general() -> None:
    general = {"maybe": 0.5, "mother": -0.25, "good": 1.0, "film": 0.8}  # G = 2
    other = {"mother": 1.0, "damn": 0.3, "film": 0.2}
    # E_d = {maybe: 0.5} (good is not listed), E_a = {damn: 0.3}; mother is in both
    assert attribution_difference(general, other, LISTED) == pytest.approx((0.5 - 0.3) / 2)


def test_the_same_explanation_makes_no_difference_and_none_at_all_avoids_everything() -> None:
    general = {"maybe": 0.5, "mother": -0.25, "good": 1.0}
    assert attribution_difference(general, general, LISTED) == 0.0
    assert attribution_difference(general, {}, LISTED) == pytest.approx((0.5 + 0.25) / 2)


def test_where_general_names_no_listed_word_what_is_added_counts_whole() -> None:
    assert attribution_difference({"good": 1.0}, {"damn": 0.4, "good": 1.0}, LISTED) == pytest.approx(-0.4)
    assert attribution_difference({"good": 1.0}, {}, LISTED) == 0.0


def test_words_that_speak_against_what_they_mean_over_all_words() -> None:
    #          a good word against, one for, a bad word for, an unknown word, one below the threshold
    weights = [-0.5, 1.0, 0.25, -0.8, 0.01]
    bins = [HIGH, HIGH, LOW, None, LOW]
    assert spurious(weights, bins, HIGH, 0.1) == pytest.approx(2 / 5)  # c_n: the first, c_p: the third
    assert spurious(weights, bins, HIGH, 0.1, weighted=True) == pytest.approx((0.5 + 0.25) / 5)
    assert spurious(weights, bins, HIGH, 0.0) == pytest.approx(3 / 5)
    assert spurious(weights, bins, LOW, 0.1) == pytest.approx(1 / 5)  # the second: for it, and high


def test_the_middle_has_no_opposite() -> None:
    weights, bins = [-1.0, 1.0, 1.0], [MIDDLE, LOW, HIGH]
    assert spurious(weights, bins, MIDDLE, 0.1) == pytest.approx(1 / 3)


def test_a_share_of_no_words_is_refused() -> None:
    with pytest.raises(InputError, match="a text without words"):
        spurious([], [], HIGH, 0.1)


def test_a_model_has_the_mean_of_its_texts() -> None:
    assert mean([0.5, -0.1, 0.2]) == pytest.approx(0.2)
    assert math.isnan(mean([]))
