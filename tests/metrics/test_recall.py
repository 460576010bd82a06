"""Counts, accuracy and UAR: hand-computed cases, scikit-learn's numbers, and the algebra of both."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, recall_score

from fedser.errors import InputError
from fedser.metrics.recall import accuracy, client_weighted_uar, confusion, mean_recall, recalls, uar

CLASSES = 4
answers = st.lists(st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=1, max_size=60)


def _columns(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    true, predicted = np.array(pairs).T
    return true, predicted


def hits_and_sizes(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Right answers and examples of each class [..., classes], from counts [..., classes, classes]."""
    return np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1)


def test_confusion_has_the_truth_in_its_rows() -> None:
    counts = confusion(np.array([0, 0, 0, 1, 2]), np.array([0, 1, 1, 1, 0]), 3)
    assert counts.dtype == np.int64
    assert counts.tolist() == [[1, 2, 0], [0, 1, 0], [1, 0, 0]]


def test_scores_by_hand() -> None:
    counts = np.array([[8, 2], [5, 5]])
    assert recalls(counts).tolist() == [0.8, 0.5]
    assert uar(counts) == pytest.approx(0.65)
    assert accuracy(counts) == pytest.approx(13 / 20)
    assert uar(np.array([[90, 0], [10, 0]])) == 0.5
    assert accuracy(np.array([[90, 0], [10, 0]])) == 0.9


def test_a_class_without_examples_has_no_recall_and_no_say() -> None:
    counts = np.array([[3, 0, 1], [0, 0, 0], [0, 1, 1]])
    assert np.isnan(recalls(counts)[1])
    assert uar(counts) == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_mean_recall_by_hand() -> None:
    hits, sizes = np.array([[3, 0, 1], [0, 0, 0]]), np.array([[4, 0, 2], [0, 0, 0]])
    assert mean_recall(hits, sizes) == pytest.approx([(3 / 4 + 1 / 2) / 2, np.nan], nan_ok=True)


def test_client_weighted_uar_by_hand() -> None:
    one = [[4, 0], [1, 1]]  # 6 examples, UAR (1 + 0.5) / 2
    two = [[0, 2], [0, 0]]  # 2 examples of one class, UAR 0
    none = [[0, 0], [0, 0]]
    assert client_weighted_uar(*hits_and_sizes(np.array([one, two, none]))) == pytest.approx((6 * 0.75 + 2 * 0.0) / 8)


@given(answers)
def test_same_numbers_as_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    true, predicted = _columns(pairs)
    counts = confusion(true, predicted, CLASSES)
    assert counts.tolist() == confusion_matrix(true, predicted, labels=range(CLASSES)).tolist()
    assert accuracy(counts) == pytest.approx(accuracy_score(true, predicted))
    assert uar(counts) == pytest.approx(recall_score(true, predicted, labels=np.unique(true), average="macro"))
    # its balanced accuracy warns of predictions outside the true classes: with one example of each it has no need to
    complete = _columns(pairs + [(name, 0) for name in range(CLASSES)])
    assert uar(confusion(*complete, CLASSES)) == pytest.approx(balanced_accuracy_score(*complete))


@given(answers, st.integers(0, CLASSES - 1), st.integers(2, 5))
def test_uar_does_not_see_how_often_a_class_occurs(pairs: list[tuple[int, int]], which: int, times: int) -> None:
    repeated = pairs + [pair for pair in pairs if pair[0] == which] * (times - 1)
    assert uar(confusion(*_columns(repeated), CLASSES)) == pytest.approx(uar(confusion(*_columns(pairs), CLASSES)))


@given(answers, st.permutations(range(CLASSES)))
def test_scores_do_not_see_the_names_of_classes(pairs: list[tuple[int, int]], names: list[int]) -> None:
    renamed = [(names[true], names[predicted]) for true, predicted in pairs]
    before, after = confusion(*_columns(pairs), CLASSES), confusion(*_columns(renamed), CLASSES)
    assert uar(after) == pytest.approx(uar(before))
    assert accuracy(after) == pytest.approx(accuracy(before))


@given(answers)
def test_one_client_weighs_as_the_whole(pairs: list[tuple[int, int]]) -> None:
    counts = confusion(*_columns(pairs), CLASSES)
    assert client_weighted_uar(*hits_and_sizes(counts[None])) == pytest.approx(uar(counts))
    assert client_weighted_uar(*hits_and_sizes(np.stack([counts, 2 * counts]))) == pytest.approx(uar(counts))


def test_bad_answers_are_refused() -> None:
    with pytest.raises(InputError, match=r"^confusion: predicted class 3 \(choose from 0 to 2\)$"):
        confusion(np.array([0, 1]), np.array([0, 3]), 3)
    with pytest.raises(InputError, match=r"^confusion: true class -1 \(choose from 0 to 2\)$"):
        confusion(np.array([-1]), np.array([0]), 3)
    with pytest.raises(InputError, match=r"^confusion: \(2,\) true and \(3,\) predicted classes; give two of shape"):
        confusion(np.array([0, 1]), np.array([0, 1, 1]), 3)


@pytest.mark.parametrize("score", [uar, accuracy])
def test_nothing_has_no_score(score: object) -> None:
    with pytest.raises(InputError, match=r"^no examples: accuracy and recall are not defined$"):
        score(np.zeros((2, 2), dtype=np.int64))  # type: ignore[operator]
    with pytest.raises(InputError, match=r"^no examples"):
        client_weighted_uar(np.zeros((3, 2), dtype=np.int64), np.zeros((3, 2), dtype=np.int64))
