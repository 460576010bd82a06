"""Weights of members and of stages, from what was said of speakers that nobody was taught with."""

import numpy as np
import pytest

from attacks import staged
from attacks.splits import speaker_folds
from attacks.staged import Staged, best_penalty, hats, learn_staged, log_scores, stage_weights
from fedser.seeds import Stream


@pytest.fixture(scope="module")
def shadow(make_world):
    return make_world(strength=0.0, speakers=40, rounds=10, hidden=(4, 3)).shadow


def said(shadow, strength, seed=0):
    """Calibrated scores of what a witness hears: the truth, and noise of variance one; ``strength`` [updates]."""
    noise = np.random.default_rng(seed).standard_normal(len(shadow.labels))
    sign = 2.0 * shadow.truth - 1
    ratio = 2 * strength * (strength * sign + noise)  # the log-likelihood ratio of two normals at +- strength
    return np.stack([1 / (1 + np.exp(ratio)), 1 / (1 + np.exp(-ratio))], axis=1)


def test_hats_share_each_round_among_its_neighbours():
    near = hats(np.array([1, 3, 9, 27, 81]), 81, 3)
    np.testing.assert_allclose(near[[0, 2, 4]], np.eye(3), atol=1e-12)
    np.testing.assert_allclose(near[1], [0.5, 0.5, 0], atol=1e-12)
    np.testing.assert_allclose(hats(np.arange(1, 300), 200, 4).sum(axis=1), 1)
    assert (hats(np.array([1, 5]), 9, 1) == 1).all() and hats(np.array([1, 1]), 1, 3).tolist() == [[1, 0, 0]] * 2


def test_weights_are_linear_between_their_rounds():
    found = Staged(np.array([[1.0, 3.0]]), 100).at(np.array([1, 10, 100]))
    np.testing.assert_allclose(found[:, 0], [1, 2, 3])


def test_scores_are_those_worked_out_by_hand():
    logarithms = np.log([[[0.2, 0.8], [0.5, 0.5]]])
    one = Staged(np.array([[2.0], [7.0]]), 10)(logarithms, np.array([4]))
    np.testing.assert_allclose(one, [[0.04 / 0.68, 0.64 / 0.68]])


def test_the_weights_are_where_the_posterior_is_flat(shadow):
    """Against the slope, by finite differences of a density that is written out here."""
    logs = log_scores([said(shadow, 0.4), said(shadow, 0.2, 1), said(shadow, 0.0, 2)])
    found = learn_staged(logs, shadow, 1, 0.5).weights.ravel()
    counts = np.full(len(logs), 40 / len(logs))  # every speaker has as many updates, every value as many speakers

    def loss(weights):
        together = np.einsum("j,njc->nc", weights, logs)
        right = together[np.arange(len(logs)), shadow.truth] - np.log(np.exp(together).sum(axis=1))
        return -counts @ right + 0.25 * ((weights - 1 / 3) ** 2).sum()

    for step in np.eye(3):
        slope = (loss(found + 1e-5 * step) - loss(found - 1e-5 * step)) / 2e-5
        assert abs(slope) < 1e-4 or (found @ step == 0 and slope > 0)


def test_who_says_the_opposite_is_not_heard(shadow):
    logs = log_scores([said(shadow, 0.7), said(shadow, 0.7, 1)[:, ::-1]])
    weights = learn_staged(logs, shadow, 1, 0.1).weights.ravel()
    assert weights[1] == 0 and weights[0] > 0.5


def test_a_stage_that_is_blind_weighs_little_and_one_that_is_calibrated_as_it_is(shadow):
    rounds = shadow.updates.rounds
    scores = said(shadow, np.where(rounds <= 3, 0.9, 0.0))
    scores[rounds > 3] = said(shadow, np.full(len(rounds), 0.9), 5)[np.random.default_rng(1).permutation(len(rounds))][
        rounds > 3
    ]  # as sure of themselves, and wrong as often as right
    weights = stage_weights(scores, shadow).at(np.array([1, 2, 8, 10]))[:, 0]
    assert (weights[:2] > 0.7).all() and (weights[2:] < 0.3).all()


def test_with_few_speakers_scores_count_as_they_are(shadow):
    """Certain ones, too, whose likeliest weight is infinite."""
    certain = np.where(np.eye(2)[shadow.truth] == 1, 0.99, 0.01)
    assert 1 < stage_weights(certain, shadow).at(np.array([1, 10])).max() < 3
    strong = learn_staged(log_scores([certain, certain]), shadow, 2, 1e9)
    np.testing.assert_allclose(strong.weights, 0.5, atol=1e-6)


def test_many_updates_of_a_voice_are_one_witness(shadow):
    scores = said(shadow, 0.5)
    twice = shadow.subset(np.tile(np.arange(len(scores)), 2))
    once, again = stage_weights(scores, shadow), stage_weights(np.tile(scores, (2, 1)), twice)
    np.testing.assert_allclose(once.weights, again.weights, rtol=1e-6)


def test_the_penalty_is_chosen_by_speakers_that_the_weights_do_not_know(shadow, monkeypatch):
    logs = log_scores([said(shadow, 0.6), said(shadow, 0.1, 1)])
    fold, taught = speaker_folds(shadow, 4, Stream(1)), []
    learn = staged.learn_staged

    def watched(logarithms, part, knots, penalty):
        taught.append(set(part.speakers))
        return learn(logarithms, part, knots, penalty)

    monkeypatch.setattr(staged, "learn_staged", watched)
    penalty, scores = best_penalty(logs, shadow, fold, 1, (0.1, 1e6))
    names = np.array(shadow.speakers)
    assert all(set(names[fold == held]) == set(names) - taught[held] for held in range(4)) and len(taught) == 8
    assert penalty in (0.1, 1e6) and scores.shape == (len(names), 2)
    right = (scores.argmax(axis=1) == shadow.truth).mean()
    assert right > 0.6


def test_three_values_are_weighed(make_world):
    three = make_world(strength=0.0, values=3, speakers=12, rounds=2, hidden=(4, 3)).shadow
    sure = np.full((len(three.labels), 3), 0.1) + 0.7 * np.eye(3)[three.truth]
    flat = np.full_like(sure, 1 / 3)
    weights = learn_staged(log_scores([sure, flat]), three, 1, 1.0).weights.ravel()
    assert weights[0] > 1 and weights[1] == pytest.approx(0.5)
