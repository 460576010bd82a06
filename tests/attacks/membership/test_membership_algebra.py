"""Factors against autograd, and formulas against numbers worked out by hand."""

import numpy as np
import pytest
import torch

from attacks.membership.attack import above_strangers
from attacks.membership.candidates import Candidates
from attacks.membership.lira import standardised
from attacks.membership.seen import Shadows
from attacks.membership.white_box import WhiteBox
from fedser.errors import InputError
from fedser.models.parameters import gradients, load


@pytest.fixture
def box(overfitted):
    return WhiteBox(overfitted.target.public)


def own_gradients(world, model, rows):
    """By autograd, a record at a time: one flat vector each."""
    white_box = WhiteBox(world.target.public)
    network = white_box._network
    for row in rows:
        load(network, model)
        x, y = torch.from_numpy(world.candidates.x[row : row + 1]), torch.from_numpy(world.candidates.y[row : row + 1])
        torch.nn.functional.cross_entropy(network(x), y).backward()
        yield np.concatenate([array.ravel() for array in gradients(network).values()]).astype(np.float64)


def test_products_and_norms_are_those_of_the_records_own_gradients(overfitted, box):
    model, rows = overfitted.shadows.trainings[0].final, np.array([0, 3, 5, 40])
    expected = np.stack(list(own_gradients(overfitted, model, rows)))
    factors = box.gradients(model, overfitted.candidates.x[rows], overfitted.candidates.y[rows])
    flat = np.concatenate([array.ravel() for array in overfitted.target.final.values()]).astype(np.float64)
    np.testing.assert_allclose(factors.products(overfitted.target.final), expected @ flat, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(factors.norms(model), np.linalg.norm(expected, axis=1), rtol=1e-5)
    groups = factors.group_norms(np.array([0, 0, 0, 5]), model)
    np.testing.assert_allclose(
        groups, [np.linalg.norm(expected[:3].mean(axis=0)), np.linalg.norm(expected[3])], rtol=1e-5
    )


def test_only_what_was_captured_counts(overfitted, box):
    model, rows = overfitted.shadows.trainings[0].final, np.array([0, 3])
    expected = np.stack(list(own_gradients(overfitted, model, rows)))[:, -4:]  # the last layer's bias
    factors = box.gradients(model, overfitted.candidates.x[rows], overfitted.candidates.y[rows])
    last = {"dense3.bias": overfitted.target.final["dense3.bias"]}
    np.testing.assert_allclose(factors.norms(last), np.linalg.norm(expected, axis=1), rtol=1e-5)
    np.testing.assert_allclose(factors.products(last), expected @ last["dense3.bias"], rtol=1e-4, atol=1e-6)


def test_losses_and_log_odds_are_of_the_same_probabilities(overfitted, box):
    people, model = overfitted.candidates, overfitted.target.final
    losses, odds = box.losses(model, people.x, people.y), box.log_odds(model, people.x, people.y)
    p = np.exp(-losses)
    np.testing.assert_allclose(odds, np.log(p / (1 - p)), rtol=1e-5, atol=1e-6)


def test_lira_standardises_by_the_models_without_the_record():
    target = np.array([3.0, 3.0, 3.0])
    shadows = np.array([[1.0, 2.0, 9.0], [3.0, 4.0, 9.0], [9.0, 6.0, 9.0]])
    out = np.array([[True, True, False], [True, True, False], [False, True, False]])
    # Means 2 and 4; squares 1 + 1 and 4 + 0 + 4, with 1 + 2 degrees of freedom: sigma^2 = 10 / 3.
    np.testing.assert_allclose(standardised(target, shadows, out), [1 / np.sqrt(10 / 3), -1 / np.sqrt(10 / 3), np.nan])


def test_one_shadow_model_has_no_variance():
    np.testing.assert_allclose(standardised(np.array([3.0]), np.array([[1.0]]), np.array([[True]])), [2.0])


def test_distance_from_strangers_is_the_greatest_gap_of_the_two_distributions():
    strangers = np.array([0.0, 1.0, 2.0, 3.0])
    assert (
        above_strangers(np.array([2.5, 4.0]), strangers) == 0.75
    )  # just below 2.5: 3 of 4 strangers, none of one's own
    assert above_strangers(np.array([-1.0, -2.0]), strangers) == 0.0
    assert above_strangers(np.array([-1.0, 9.0]), strangers) == 0.5  # 4 of 4 strangers, 1 of 2 of one's own
    assert np.isnan(above_strangers(np.array([np.nan]), strangers))


def test_blocks_hold_whole_speakers():
    people = Candidates(np.zeros((6, 1), np.float32), np.zeros(6, np.int64), np.array([1, 0, 1, 2, 2, 2]))
    assert [block.tolist() for block in people.blocks(3)] == [[1, 0, 2], [3, 4, 5]]
    assert [block.tolist() for block in people.blocks(1)] == [[1], [0, 2], [3, 4, 5]]
    assert [block.tolist() for block in people.blocks(100)] == [[1, 0, 2, 3, 4, 5]]
    np.testing.assert_array_equal(
        people.mean_of_speakers(np.array([1.0, np.nan, 3.0, 0.0, 3.0, np.nan])), [np.nan, 2, 1.5]
    )


def test_candidates_that_contradict_themselves_are_refused(overfitted):
    x, y = np.zeros((2, 1), np.float32), np.zeros(2, np.int64)
    with pytest.raises(InputError, match="2 records, 2 labels and 1 speakers"):
        Candidates(x, y, np.array([0]))
    with pytest.raises(InputError, match="no record of speaker 1; number the speakers from 0 without gaps"):
        Candidates(x, y, np.array([0, 2]))
    with pytest.raises(InputError, match=r"members of shape \(1, 2\), but trainings and records are \(3, 96\)"):
        Shadows(overfitted.shadows.candidates, overfitted.shadows.trainings, np.ones((1, 2), np.bool_))
