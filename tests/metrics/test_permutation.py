"""p-values by permutation: exact cases by hand, the slow obvious loop as oracle, uniformity under no effect; Holm."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedser.errors import InputError
from fedser.metrics.folds import deviation, mean_uar
from fedser.metrics.people import People
from fedser.metrics.permutation import Permutation, holm
from fedser.metrics.recall import uar


def _answers(said: np.ndarray, values: np.ndarray, classes: int = 2) -> np.ndarray:
    """Counts [folds, speakers, classes, classes] from answers [folds, speakers, classes] per speaker."""
    counts = np.zeros((*said.shape[:2], classes, classes), dtype=np.int64)
    counts[:, np.arange(len(values)), values] = said
    return counts


def _p(said: np.ndarray, people: People, limit: int = 10_000, seed: int = 0) -> float:
    counts = _answers(said, people.values, said.shape[2])
    return Permutation(limit)(counts, people, "uar", np.random.default_rng(seed))


def _sure(values: np.ndarray) -> np.ndarray:
    """One right answer for each speaker."""
    said: np.ndarray = np.eye(2, dtype=np.int64)[values][None]
    return said


def test_all_right_of_few_speakers_is_one_of_all_dealings() -> None:
    values = np.array([0, 1] * 5)
    assert _p(_sure(values), People.of(values)) == pytest.approx(1 / 252)
    assert _p(_sure(values)[:, :, ::-1], People.of(values)) == 1.0  # all wrong: no dealing does worse


def test_all_right_of_many_speakers_is_bounded_by_the_number_of_draws() -> None:
    values = np.array([0, 1] * 20)
    assert _p(_sure(values), People.of(values), 99) == pytest.approx(1 / 100)


def test_the_same_answer_for_everyone_is_no_evidence() -> None:
    values = np.array([0, 1] * 4)
    assert _p(np.tile([3, 0], (2, 8, 1)), People.of(values)) == 1.0


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_equals_the_slow_loop_over_all_orders(seed: int) -> None:
    rng, values = np.random.default_rng(seed), np.array([0, 0, 1, 1, 2])
    said = rng.integers(0, 4, (2, 5, 3)) + 1
    score = lambda labels: mean_uar(_answers(said, np.array(labels), 3).sum(axis=1))  # noqa: E731
    orders = [score(order) for order in permutations(values.tolist())]
    expected = np.mean(np.array(orders) >= score(values) - 1e-9)
    assert _p(said, People.of(values)) == pytest.approx(expected)
    assert _p(said, People.of(values), 29) == pytest.approx(expected, abs=0.4)  # 30 dealings: drawn, and not all


def test_drawn_dealings_come_near_the_exact_value() -> None:
    rng, values = np.random.default_rng(3), np.array([0, 1] * 7)
    said = rng.integers(1, 6, (2, 14, 2)) + 2 * np.eye(2, dtype=np.int64)[values]
    exact, drawn = (_p(said, People.of(values), limit) for limit in (4000, 3000))
    assert exact * 3432 == pytest.approx(round(exact * 3432))
    assert drawn == pytest.approx(exact, abs=0.03) and drawn != exact


def test_without_effect_p_values_are_spread_evenly() -> None:
    rng, values = np.random.default_rng(0), np.array([0, 1] * 6)
    p = np.array([_p(rng.integers(0, 9, (1, 12, 2)) + 1, People.of(values), 924) for _ in range(200)])
    assert (p <= 0.1).mean() == pytest.approx(0.1, abs=0.05)
    assert (p <= 0.5).mean() == pytest.approx(0.5, abs=0.1)


def test_values_are_dealt_between_persons_and_within_those_whose_sessions_differ() -> None:
    between = People(np.array([0, 0, 1, 1, 0, 0, 1, 1]), np.repeat(np.arange(4), 2))
    assert _p(_sure(between.values), between) == pytest.approx(1 / 6)  # two of four persons, and not four of eight
    within = People(np.tile([0, 1], 4), np.repeat(np.arange(4), 2))
    assert _p(_sure(within.values), within) == pytest.approx(1 / 2**4)
    mixed = People(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 2]))
    assert _p(_sure(mixed.values), mixed) == pytest.approx(1 / 4)


def test_speakers_without_updates_are_not_dealt_to() -> None:
    values = np.array([0, 1] * 3)
    said = np.concatenate([_sure(values), np.zeros((1, 3, 2), np.int64)], axis=1)
    assert _p(said, People.of(np.append(values, [0, 1, 1]))) == pytest.approx(1 / 20)


def test_a_value_without_updates_has_no_p_value_and_bad_input_is_refused() -> None:
    said = np.array([[[1, 0], [1, 0], [0, 0]]])
    assert np.isnan(_p(said, People.of(np.array([0, 0, 1]))))
    with pytest.raises(InputError, match=r"^permutation: speaker 0 has value 1 but counts of other values$"):
        Permutation()(
            _answers(said, np.array([0, 0, 1])), People.of(np.array([1, 0, 1])), "uar", np.random.default_rng()
        )


def test_holm_by_hand() -> None:
    assert holm(np.array([0.04, 0.01, np.nan, 0.03])) == pytest.approx([0.06, 0.03, np.nan, 0.06], nan_ok=True)
    assert holm(np.array([0.9, 0.6])).tolist() == [1.0, 1.0]
    assert holm(np.array([])).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_holm_is_no_smaller_than_p_no_larger_than_bonferroni_and_keeps_the_order(p: list[float]) -> None:
    given_, corrected = np.array(p), holm(np.array(p))
    assert (corrected >= given_).all() and (corrected <= np.minimum(len(p) * given_, 1.0) + 1e-12).all()
    assert (np.diff(corrected[np.argsort(given_, kind="stable")]) >= 0).all()


def test_deviation_is_that_of_the_folds_scores() -> None:
    folds = np.array([[[8, 2], [5, 5]], [[1, 0], [3, 1]], [[2, 2], [0, 4]]])
    assert deviation(folds, "uar") == pytest.approx(np.std([uar(fold) for fold in folds], ddof=1))
    assert np.isnan(deviation(folds[:1], "accuracy"))
    empty = np.concatenate([folds, np.zeros((1, 2, 2), np.int64)])
    assert deviation(empty, "uar") == deviation(folds, "uar")
