"""The upper references: what each view of the true inputs finds, and where it finds nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attacks.attack import silent
from attacks.labelled import Rows
from fedser.seeds import Stream
from simulations.oracle import Oracle, View
from simulations.true_inputs import Inputs, by_class, class_means, mean

Cli = Callable[..., tuple[int, str, str]]
DIMS, CLASSES, SMALL = 6, 3, Oracle(regularisation=(0.01, 1.0), folds=3)


def _people(number: int, planted: str, stream: Stream) -> Iterator[tuple[Inputs, int]]:
    """Clients of two values: the value moves all utterances (mean), or each class another way, to a mean of zero."""
    for person in range(number):
        rng, value = stream(person).numpy(), person % 2
        y = np.repeat(np.arange(CLASSES), 5)
        x = rng.standard_normal((len(y), DIMS))
        way = np.ones(len(y)) if planted == "mean" else np.array([1.0, -1.0, 0.0])[y]
        x[:, 0] += (2.0 if value else -2.0) * way * (planted != "nothing")
        yield Inputs(x.astype(np.float32), y, CLASSES), value


def _right(view: View, planted: str) -> float:
    shadow, private = (list(_people(24, planted, Stream(1)(role))) for role in ("shadow", "private"))
    known = Rows(tuple(value for _, value in shadow), tuple(f"s{n}" for n in range(24)), ("a", "b"))
    inputs = [one for one, _ in private]
    scores = SMALL.scores(view, [one for one, _ in shadow], known, inputs, Stream(2), silent)
    np.testing.assert_allclose(scores.sum(axis=1), 1.0)
    return float(np.mean(scores.argmax(axis=1) == [value for _, value in private]))


@pytest.mark.parametrize("view", ["mean", "class_means", "both", "utterances"])
def test_a_moved_mean_is_found_by_every_view(view: View) -> None:
    assert _right(view, "mean") == 1.0


def test_where_the_mean_says_nothing_the_classes_do() -> None:
    assert _right("mean", "classes") < 0.8
    assert [_right(view, "classes") for view in ("class_means", "both", "utterances")] == [1.0] * 3


@pytest.mark.parametrize("view", ["mean", "class_means", "both", "utterances"])
def test_where_nothing_is_planted_nothing_is_found(view: View) -> None:
    assert 0.2 < _right(view, "nothing") < 0.8


def test_views_by_hand() -> None:
    inputs = Inputs(np.array([[1, 2], [3, 4], [5, 0]], np.float32), np.array([0, 2, 0]), 3)
    assert mean(inputs).tolist() == [3, 2]
    assert class_means(inputs).tolist() == [3, 1, 0, 0, 3, 4]
    assert by_class(inputs).tolist() == [[1, 2, 0, 0, 0, 0], [0, 0, 0, 0, 3, 4], [5, 0, 0, 0, 0, 0]]


def test_the_oracle_sees_the_very_batch_behind_an_update(
    fedser: Cli, config: Callable[..., Path], tmp_path: Path
) -> None:
    """With a batch of one utterance its mean differs from round to round, and so do the oracle's answers."""
    out = tmp_path / "run"
    path = config(attacks=[], algorithm={"name": "fedsgd", "client_fraction": 1.0, "batch_size": 1})
    assert fedser("run", path, "--out", out)[0] == 0
    scores = pd.read_csv(out / "attack" / "oracle" / "scores.csv")
    assert set(scores["layer"]) == {"mean", "class_means", "both", "utterances"}
    mine = scores[scores["layer"] == "mean"]
    assert mine.groupby(["training", "client"])["score_female"].nunique().gt(1).all()
