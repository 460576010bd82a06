"""Intervals over speakers: cases with a known answer, the slow obvious bootstrap as oracle, and coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedser.errors import InputError
from fedser.metrics.bootstrap import Bootstrap, draw
from fedser.metrics.folds import METRICS, chance, mean_accuracy, mean_uar
from fedser.metrics.people import People
from fedser.metrics.recall import accuracy, uar


def _counts(rights: np.ndarray, wrongs: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Counts [folds, speakers, 2, 2] from right and wrong answers [folds, speakers]."""
    counts = np.zeros((*rights.shape, 2, 2), dtype=np.int64)
    speakers = np.arange(len(strata))
    counts[:, speakers, strata, strata] = rights
    counts[:, speakers, strata, 1 - strata] = wrongs
    return counts


def _random(seed: int, folds: int = 3, speakers: int = 8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    strata = np.arange(speakers) % 2
    return _counts(rng.integers(1, 9, (folds, speakers)), rng.integers(0, 9, (folds, speakers)), strata), strata


def test_mean_uar_is_the_mean_of_the_folds_uars() -> None:
    folds = np.array([[[8, 2], [5, 5]], [[1, 0], [3, 1]]])
    assert mean_uar(folds) == pytest.approx((0.65 + 0.625) / 2)
    assert mean_accuracy(folds) == pytest.approx((13 / 20 + 2 / 5) / 2)
    assert mean_uar(folds) == pytest.approx(np.mean([uar(fold) for fold in folds]))
    assert mean_accuracy(folds) == pytest.approx(np.mean([accuracy(fold) for fold in folds]))


def test_a_fold_without_one_value_still_counts_for_the_other() -> None:
    folds = np.array([[[1, 1], [0, 4]], [[3, 0], [0, 0]]])
    assert mean_uar(folds) == pytest.approx(((0.5 + 1.0) / 2 + 1.0) / 2)
    assert mean_uar(np.array([[[3, 1], [0, 0]]])) == 0.75
    assert np.isnan(mean_uar(np.zeros((2, 2, 2), dtype=np.int64)))
    assert mean_accuracy(np.array([[[1, 1], [0, 2]], [[0, 0], [0, 0]]])) == pytest.approx(0.75)


def test_chance_levels() -> None:
    folds = np.array([[[8, 2], [5, 5]], [[0, 4], [1, 0]]])
    assert chance(folds, "uar") == 0.5
    assert chance(folds, "accuracy") == pytest.approx((0.5 + 0.8) / 2)
    assert chance(np.ones((1, 4, 4), dtype=np.int64), "uar") == 0.25
    assert chance(np.array([[[2, 1, 0], [0, 0, 0], [0, 0, 1]]]), "uar") == 0.5


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_a_constant_answer_reaches_chance_and_no_more(seed: int) -> None:
    counts, _ = _random(seed)
    truth = counts.sum(axis=(1, 3))
    reached = []
    for answer in (0, 1):
        said = np.zeros((len(truth), 2, 2), dtype=np.int64)
        said[:, :, answer] = truth
        assert mean_uar(said) == pytest.approx(chance(said, "uar"))
        reached.append(float(mean_accuracy(said)))
    assert max(reached) == pytest.approx(chance(counts.sum(axis=1), "accuracy"))


def test_each_stratum_keeps_its_size() -> None:
    strata = np.array([0, 1, 1, 0, 2, 1])
    times = draw(strata, 200, np.random.default_rng(0))
    assert times.shape == (200, 6)
    for value in (0, 1, 2):
        assert (times[:, strata == value].sum(axis=1) == (strata == value).sum()).all()
    assert (times[:, 4] == 1).all()
    assert len(np.unique(times[:, strata == 1], axis=0)) == 10  # all multisets of 3 out of 3 speakers


def test_equals_the_slow_bootstrap_draw_by_draw() -> None:
    counts, strata = _random(5)
    times = draw(strata, 300, np.random.default_rng(1))
    slow = []
    for row in times:
        drawn = np.repeat(np.arange(len(strata)), row)
        slow.append(np.mean([uar(sum(fold[speaker] for speaker in drawn)) for fold in counts]))
    interval = Bootstrap(300, 0.9)(counts, People.of(strata), "uar", np.random.default_rng(1))
    assert interval.value == pytest.approx(np.mean([uar(fold.sum(axis=0)) for fold in counts]))
    assert (interval.low, interval.high) == pytest.approx(tuple(np.quantile(slow, [0.05, 0.95])))


def test_all_right_has_no_width() -> None:
    strata = np.array([0, 0, 1, 1])
    counts = _counts(np.full((2, 4), 7), np.zeros((2, 4), dtype=np.int64), strata)
    interval = Bootstrap()(counts, People.of(strata), "uar", np.random.default_rng(0))
    assert (interval.value, interval.low, interval.high) == (1.0, 1.0, 1.0)


def test_speakers_are_what_varies_and_not_updates() -> None:
    """Two speakers of each value, one always right and one always wrong: the recall is 0, 1/2 or 1, whatever n."""
    strata = np.array([0, 0, 1, 1])
    rights = np.array([[500, 0, 500, 0]])
    interval = Bootstrap(2000)(
        _counts(rights, 500 - rights, strata), People.of(strata), "uar", np.random.default_rng(0)
    )
    assert (interval.value, interval.low, interval.high) == (0.5, 0.0, 1.0)


@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(METRICS)))
@settings(max_examples=40, deadline=None)
def test_intervals_are_ordered_nested_and_repeatable(seed: int, metric: str) -> None:
    counts, strata = _random(seed)
    wide, narrow, again = (
        Bootstrap(200, confidence)(counts, People.of(strata), metric, np.random.default_rng(seed))  # type: ignore[arg-type]
        for confidence in (0.99, 0.5, 0.99)
    )
    assert wide == again
    assert 0.0 <= wide.low <= narrow.low <= narrow.high <= wide.high <= 1.0
    assert wide.low <= wide.value <= wide.high


@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
@settings(max_examples=20, deadline=None)
def test_more_updates_of_the_same_kind_change_nothing(seed: int, times: int) -> None:
    counts, strata = _random(seed)
    once, often = (
        Bootstrap(100)(c, People.of(strata), "uar", np.random.default_rng(0)) for c in (counts, times * counts)
    )
    assert (once.value, once.low, once.high) == pytest.approx((often.value, often.low, often.high))


def test_an_absent_speaker_is_as_good_as_none() -> None:
    counts, strata = _random(3)
    counts = np.concatenate([counts, np.zeros_like(counts[:, :1])], axis=1)
    with_absent = Bootstrap(100)(counts, People.of(np.append(strata, 0)), "uar", np.random.default_rng(0))
    assert with_absent == Bootstrap(100)(counts[:, :-1], People.of(strata), "uar", np.random.default_rng(0))


def test_a_value_whose_speakers_sent_nothing_has_no_score() -> None:
    strata = np.array([0, 0, 1])
    counts = _counts(np.array([[1, 2, 0]]), np.array([[1, 0, 0]]), strata)
    interval = Bootstrap()(counts, People.of(strata), "uar", np.random.default_rng(0))
    assert np.isnan([interval.value, interval.low, interval.high]).all()


def test_coverage_of_the_true_recall() -> None:
    """40 speakers whose own recalls vary: the 90 % interval holds the population's UAR in about 90 % of studies."""
    rng, strata = np.random.default_rng(0), np.arange(40) % 2
    covered = 0
    for study in range(200):
        rights = rng.binomial(30, rng.beta(6.0, 4.0, size=(1, 40)))
        interval = Bootstrap(300, 0.9)(
            _counts(rights, 30 - rights, strata), People.of(strata), "uar", np.random.default_rng(study)
        )
        covered += interval.low <= 0.6 <= interval.high
    assert 168 <= covered <= 192


def test_bad_shapes_and_strata_are_refused() -> None:
    counts, strata = _random(0)
    with pytest.raises(InputError, match=r"values of shape \(7,\); give \[folds, speakers, values, values\]"):
        Bootstrap()(counts, People.of(strata[:-1]), "uar", np.random.default_rng(0))
    with pytest.raises(InputError, match=r"^bootstrap: speaker 0 has value 1 but counts of other values$"):
        Bootstrap()(counts, People.of(1 - strata), "uar", np.random.default_rng(0))


def test_differences_are_paired() -> None:
    """Two attacks of which one is right exactly once more per speaker: the difference varies far less than each."""
    rng, strata = np.random.default_rng(4), np.arange(20) % 2
    rights = rng.integers(2, 18, (1, 20))
    better, worse = (_counts(r, 20 - r, strata) for r in (rights + 1, rights))
    first, second = (
        Bootstrap(400).drawn(counts, People.of(strata), "uar", np.random.default_rng(0)) for counts in (better, worse)
    )
    difference = first.minus(second).interval(0.95)
    assert (difference.value, difference.low, difference.high) == pytest.approx((0.05, 0.05, 0.05))
    assert first.interval(0.95).high - first.interval(0.95).low > 0.1


def test_two_sessions_of_a_person_are_drawn_as_one() -> None:
    """Every person is heard calm and stressed, half of them are judged right twice: a resample's UAR is their share."""
    values, persons = np.tile([0, 1], 8), np.repeat(np.arange(8), 2)
    rights = np.where(persons < 4, 1, 0)[None]
    counts = _counts(rights, 1 - rights, values)
    drawn = Bootstrap(500).drawn(counts, People(values, persons), "uar", np.random.default_rng(0))
    assert set(np.round(drawn.drawn * 8)) <= set(range(9)) and np.allclose(drawn.drawn * 8, np.round(drawn.drawn * 8))
    alone = Bootstrap(500).drawn(counts, People.of(values), "uar", np.random.default_rng(0))
    assert drawn.drawn.std() > 1.25 * alone.drawn.std()  # sqrt(2) by theory: eight voices, and not sixteen


def test_strata_are_sets_of_values() -> None:
    people = People(np.array([0, 1, 1, 0, 2]), np.array([0, 0, 1, 2, 3]))
    assert people.number == 4
    assert people.strata.tolist() == [2, 1, 0, 3]
    assert People.of(np.array([2, 0, 1, 0])).strata.tolist() == [2, 0, 1, 0]
    left = people.only(np.array([False, True, True, False, True]))
    assert (left.persons.tolist(), left.strata.tolist()) == ([0, 1, 2], [0, 0, 1])
    with pytest.raises(InputError, match=r"^people: values of shape \(2,\) and persons of shape \(3,\); give two of"):
        People(np.zeros(2, int), np.zeros(3, int))
