"""Scores are those of scikit-learn and of whole confusion tables, whoever computes which piece."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, recall_score

from fedser.engine import evaluation as module
from fedser.engine.data import OpenData
from fedser.engine.evaluation import PIECE, Evaluation, Hits
from fedser.engine.selection import Selection
from fedser.errors import InputError
from fedser.metrics.recall import confusion, uar
from fedser.partition.partition import ClientRows, Partition
from fedser.tasks import Classification

TASK = Classification()


def opened(sizes, test, seed=0, classes=4):
    """Clients with one training row and so many validation rows each; the first feature tells the row."""
    rng, clients, first = np.random.default_rng(seed), {}, 0
    for number, size in enumerate(sizes):
        clients[f"client-{number}"] = ClientRows([first], range(first + 1, first + 1 + size))
        first += 1 + size
    rows = rng.permutation(first + test)
    shuffled = {name: ClientRows(*(rows[list(part)] for part in held)) for name, held in clients.items()}
    partition = Partition.of(shuffled, rows[first:])
    x = np.stack([np.arange(len(rows)), rng.integers(0, 4, len(rows))], axis=1).astype(np.float32)
    return OpenData(x, rng.integers(0, classes, len(rows)), partition)


def guess(x, piece=0):
    """The second feature: right by chance."""
    return x[:, 1].astype(np.int64)


def expected(data, by):
    """The same numbers in the plain way: a confusion table for each client."""
    answers, validation = guess(data.x), data.partition.validation.rows
    held = [rows for rows in data.partition.validation if rows.size]
    own = [(uar(confusion(data.y[rows], answers[rows], 4)), len(rows)) for rows in held]
    scores = []
    for rows in (validation, data.partition.test):
        counts = confusion(data.y[rows], answers[rows], 4)
        scores += [np.trace(counts) / len(rows), uar(counts)] if rows.size else [math.nan, math.nan]
    if by == "client" and own:
        scores.append(np.average([u for u, _ in own], weights=[n for _, n in own]))
    else:
        scores.append(scores[1])
    return scores


def numbers(scores):
    return [getattr(scores, name) for name in scores.__dataclass_fields__]


@given(
    sizes=st.lists(st.integers(0, 90), min_size=1, max_size=8),
    test=st.integers(0, 300),
    by=st.sampled_from(["client", "pooled"]),
)
def test_scores_are_those_of_whole_tables(sizes, test, by):
    data = opened(sizes, test)
    found = numbers(Evaluation(data, TASK, Selection(by=by))(guess))
    assert np.array_equal(found, expected(data, by), equal_nan=True)


def test_scores_are_those_of_scikit_learn():
    data = opened((40, 30, 0, 135), 60)
    scores, answers = Evaluation(data, TASK, Selection())(guess), guess(data.x)
    pooled, test = data.partition.validation.rows, data.partition.test
    assert scores.validation_uar == pytest.approx(recall_score(data.y[pooled], answers[pooled], average="macro"))
    assert scores.validation_accuracy == accuracy_score(data.y[pooled], answers[pooled])
    assert scores.test_accuracy == accuracy_score(data.y[test], answers[test])
    assert scores.test_uar == pytest.approx(recall_score(data.y[test], answers[test], average="macro"))


@given(order=st.permutations(range(8)))
def test_pieces_add_up_in_any_order_and_from_anyone(order):
    data = opened((300, 0, 1, 200), 5 * PIECE - 420)
    first, second = (Evaluation(data, TASK, Selection()) for _ in range(2))
    assert first.pieces == 8
    hits = [(first if number % 2 else second).piece(number, guess) for number in order]
    assert second.scores(hits) == first(guess)
    assert all(found.counts.dtype == np.int64 for found in hits)


def test_pieces_are_all_held_out_rows_in_order_and_of_one_size():
    data = opened((100, 70), 2 * PIECE)
    evaluation = Evaluation(data, TASK, Selection())
    pieces = [evaluation.features(number) for number in range(evaluation.pieces)]
    sizes = [len(piece) for piece in pieces]
    assert len(pieces) == 4 and max(sizes) <= PIECE and max(sizes) - min(sizes) <= 1
    assert np.concatenate(pieces)[:, 0].tolist() == [*data.partition.validation.rows, *data.partition.test]


def test_a_piece_is_gathered_once_where_all_fit_into_memory(monkeypatch):
    data = opened((100, 70), 300)
    kept = Evaluation(data, TASK, Selection())
    assert kept.features(1) is kept.features(1)
    monkeypatch.setattr(module, "RESIDENT", (170 + 300) * 8 - 1)
    anew = Evaluation(data, TASK, Selection())
    assert anew.features(1) is not anew.features(1) and np.array_equal(anew.features(1), kept.features(1))
    assert anew(guess) == kept(guess)


@pytest.mark.parametrize("pieces", [[0], [0, 1, 1], [0, 1, 2, 2], [0, 2]])
def test_a_piece_missing_or_twice_is_refused(pieces):
    evaluation = Evaluation(opened((100, 70), 3 * PIECE - 170), TASK, Selection())
    with pytest.raises(ValueError, match=r"^hits of the pieces \[0.*\]: give each of 4 once$"):
        evaluation.scores(evaluation.piece(number, guess) for number in pieces)


def test_nothing_held_out_has_no_scores():
    evaluation = Evaluation(opened((0, 0), 0), TASK, Selection())
    assert evaluation.pieces == 0 and all(math.isnan(score) for score in numbers(evaluation(guess)))


def test_hits_count_what_is_right():
    data = opened((3,), 2)
    data.y[data.partition.validation.rows], data.y[data.partition.test] = [1, 1, 0], [3, 3]
    hits = Evaluation(data, TASK, Selection()).hits(0, np.array([1, 2, 0, 3, 0]))
    assert isinstance(hits, Hits) and hits.piece == 0
    assert hits.counts.tolist() == [1, 1, 0, 0, 0, 0, 0, 1]  # of the client one of each class, of the test one


@pytest.mark.parametrize("label", [-1, 4])
def test_labels_that_are_no_class_are_refused(label):
    data = opened((3, 2), 2)
    row = int(data.partition.validation.rows[1])
    data.y[row] = label
    with pytest.raises(InputError) as caught:
        Evaluation(data, TASK, Selection())
    assert str(caught.value) == f"labels: row {row}: {label} (choose from 0 to 3)"
