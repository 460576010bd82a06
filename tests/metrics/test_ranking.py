"""The AUC fold by fold, and its resamples of persons, beside scikit-learn's and by hand."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from fedser.errors import InputError
from fedser.metrics.bootstrap import draw
from fedser.metrics.people import People
from fedser.metrics.ranking import Ranked
from fedser.seeds import Stream


def _ranked(values: int = 2, folds: int = 3, seed: int = 1) -> Ranked:
    rng = Stream(seed).numpy()
    people = People.of(np.arange(12) % values)
    speaker = np.repeat(np.arange(12), 4)
    fold = (speaker // values) % folds
    scores = rng.integers(0, 6, (len(speaker), values)) + 1.5 * (people.values[speaker][:, None] == np.arange(values))
    return Ranked(fold, speaker, scores, people)


def _expected(one: Ranked, times: np.ndarray) -> float:
    """The mean over values of the mean over folds, with a person's units as often as the person was drawn."""
    weights, values = times[one.speaker], one.people.values[one.speaker]
    means = []
    for value, scores in enumerate(one.scores.T):
        areas = []
        for fold in np.unique(one.fold):
            mine = (one.fold == fold) & (weights > 0)
            if len(np.unique(values[mine] == value)) == 2:
                areas.append(roc_auc_score(values[mine] == value, scores[mine], sample_weight=weights[mine]))
        means.append(np.mean(areas))
    return float(np.mean(means))


@pytest.mark.parametrize("values", [2, 3])
def test_it_is_the_usual_auc_of_each_resample(values: int) -> None:
    one = _ranked(values, folds=2)
    found = one.area(20, Stream(5).numpy())
    assert found.value == pytest.approx(_expected(one, np.ones(12)))
    times = draw(one.people.strata, 20, Stream(5).numpy())
    np.testing.assert_allclose(found.drawn, [_expected(one, each) for each in times])


def test_by_hand() -> None:
    """Of four pairs two are won, one is tied, and one is lost; the second fold has all."""
    people = People.of(np.array([0, 1, 0, 1]))
    scores = np.array([3.0, 1.0, 2.0, 1.0, 5.0, 4.0])[:, None]
    one = Ranked(np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 2, 3]), scores, people)
    assert one.area(10, Stream(1).numpy()).value == pytest.approx((2.5 / 4 + 1.0) / 2)
    assert one.deviation() == pytest.approx(np.std([2.5 / 4, 1.0], ddof=1))


def test_a_model_is_not_compared_with_another() -> None:
    """Moving all scores of one fold changes nothing."""
    one = _ranked()
    moved = Ranked(one.fold, one.speaker, one.scores + 10.0 * (one.fold == 1)[:, None], one.people)
    np.testing.assert_allclose(moved.area(10, Stream(1).numpy()).drawn, one.area(10, Stream(1).numpy()).drawn)


def test_where_all_have_one_value_there_is_none() -> None:
    one = Ranked(np.zeros(3, int), np.arange(3), np.ones((3, 2)), People.of(np.zeros(3, int)))
    assert np.isnan(one.area(10, Stream(1).numpy()).value) and np.isnan(one.deviation())


def test_lengths_must_agree() -> None:
    with pytest.raises(InputError, match="ranked: 2 folds, 3 speakers and 3 scores"):
        Ranked(np.zeros(2, int), np.arange(3), np.ones((3, 2)), People.of(np.zeros(3, int)))
