"""What every inverter promises, over the whole union; exact where it can be, above chance where it searches."""

import random
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter
from scipy.optimize import linear_sum_assignment

from attacks.inversion import InversionConfig
from attacks.inversion.analytic import Analytic
from attacks.inversion.classes import classes_of_batch, mean_predictions
from attacks.inversion.inverter import Rebuilt, Strangers
from attacks.inversion.matching import Matching
from attacks.inversion.optimised import Optimised
from attacks.inversion.prior import Prior
from attacks.membership.white_box import WhiteBox
from fedser.errors import ConfigError, InputError
from fedser.seeds import Stream
from fedser.updates.update import Update

FAST = Optimised(iterations=150, restarts=1)
INVERTERS = [Analytic(), FAST, Prior()]
each = pytest.mark.parametrize("inverter", INVERTERS, ids=lambda inverter: inverter.name)


def cosine(found: np.ndarray, true: np.ndarray) -> float:
    """The mean of the best pairing."""
    unit = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in (found, true)]
    cosines = unit[0] @ unit[1].T
    return float(cosines[linear_sum_assignment(cosines, maximize=True)].mean())


def matched(matching: Matching, found: Rebuilt) -> float:
    """The cosine of the gradients."""
    return float(matching.cosine(torch.from_numpy(found.x)[None], torch.from_numpy(found.y)).detach())


def test_the_battery_covers_the_union() -> None:
    assert {type(inverter) for inverter in INVERTERS} == set(get_args(get_args(InversionConfig)[0]))


@each
def test_it_is_one_entry_of_the_configuration(inverter):
    adapter = TypeAdapter(InversionConfig)
    assert adapter.validate_json(adapter.dump_json(inverter)) == inverter
    assert inverter.summary() and inverter.source and inverter.knowledge


@each
@pytest.mark.parametrize("utterances", [1, 3])
def test_it_gives_inputs_and_classes_and_the_same_again(inverter, utterances, sent, strangers):
    case = sent(utterances)
    before = {name: array.copy() for name, array in case.observed.update.arrays.items()}
    first, second = (inverter.invert(case.observed, strangers, Stream(1)) for _ in range(2))
    assert first.x.shape == (utterances, 30) and first.x.dtype == np.float32 and np.isfinite(first.x).all()
    assert first.y.shape == (utterances,) and set(first.y) <= {0, 1, 2, 3}
    assert (first.x == second.x).all() and (first.y == second.y).all()
    assert all((before[name] == array).all() for name, array in case.observed.update.arrays.items())


@each
def test_no_global_generator_is_touched(inverter, sent, strangers):
    before = random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state(), torch.get_num_threads()
    inverter.invert(sent(2).observed, strangers, Stream(1))
    after = random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state(), torch.get_num_threads()
    assert before[:2] == after[:2] and before[3] == after[3] and torch.equal(before[2], after[2])


@each
def test_a_gradient_of_nothing_is_no_error(inverter, sent, strangers):
    observed = sent(2).observed
    nothing = {name: np.zeros_like(array) for name, array in observed.update.arrays.items()}
    for utterances in (1, 2):
        empty = replace(observed, update=Update(1, "client-0000", utterances, nothing))
        found = inverter.invert(empty, strangers, Stream(1))
        assert np.isfinite(found.x).all() and len(found.x) == len(found.y) <= utterances


@each
def test_what_it_cannot_read_is_refused(inverter, sent):
    shapes = sent(1).observed.public.parameters
    inverter.check(shapes, "all")
    if not inverter.reads_gradients:
        inverter.check(shapes, ())
        return
    with pytest.raises(ConfigError, match=r"reads dense1, dense2, dense3, but capture\.layers leaves out dense3"):
        inverter.check(shapes, ("dense1", "dense2"))
    with pytest.raises(ConfigError, match="the model is one layer"):
        inverter.check({name: shape for name, shape in shapes.items() if "dense1" in name}, "all")


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_one_utterance_is_exact(dropout, sent, strangers):
    for number in range(4):
        case = sent(1, dropout, number)
        found = Analytic().invert(case.observed, strangers, Stream(1))
        np.testing.assert_allclose(found.x, case.x, atol=1e-4)
        assert found.y.tolist() == case.y.tolist()


@pytest.mark.parametrize("utterances", [2, 4])
def test_few_utterances_are_exact(utterances, sent, strangers):
    case = sent(utterances, 0.2)
    found = Analytic().invert(case.observed, strangers, Stream(1))
    distances = np.abs(found.x[:, None] - case.x).max(axis=2)
    rows = distances.argmin(axis=1)
    assert sorted(rows) == list(range(utterances)) and distances.min(axis=1).max() < 1e-2
    assert found.y.tolist() == case.y[rows].tolist()


@pytest.mark.parametrize("utterances", [1, 4])
def test_the_search_beats_its_start_and_chance(utterances, sent, strangers):
    for number in range(3):
        case, other = sent(utterances, 0.0, number), sent(utterances, 0.0, number + 10)
        start = FAST.model_copy(update={"iterations": 0}).invert(case.observed, strangers, Stream(1))
        found = FAST.invert(case.observed, strangers, Stream(1))
        assert cosine(found.x, case.x) > cosine(start.x, case.x) + 0.3
        assert cosine(found.x, case.x) > cosine(found.x, other.x) + 0.2
        box = WhiteBox(case.observed.public).at(case.observed.broadcast)
        matching = Matching(box, case.observed.update.arrays)
        before, after = (matched(matching, x) for x in (start, found))
        assert after > max(before, 0.9)


def test_more_restarts_match_no_worse(sent, strangers):
    case = sent(4)
    matching = Matching(WhiteBox(case.observed.public).at(case.observed.broadcast), case.observed.update.arrays)
    found = [Optimised(iterations=40, restarts=n).invert(case.observed, strangers, Stream(2)) for n in (1, 3)]
    one, three = (matched(matching, x) for x in found)
    # The first start is another where more are drawn: the best of three may miss by a hair, not by much.
    assert three > one - 0.02


def test_the_control_is_at_chance(sent, strangers):
    own, others = [], []
    for number in range(30):
        case, other = sent(4, 0.0, number), sent(4, 0.0, number + 50)
        found = Prior().invert(case.observed, strangers, Stream(1)(number))
        own.append(cosine(found.x, case.x))
        others.append(cosine(found.x, other.x))
    assert abs(np.mean(own) - np.mean(others)) < 3 * np.std(np.subtract(own, others)) / np.sqrt(30)


def test_the_cosine_is_that_of_written_out_gradients(sent):
    case, other = sent(3, 0.0, 1), sent(3, 0.0, 2)
    matching = Matching(WhiteBox(case.observed.public).at(case.observed.broadcast), case.observed.update.arrays)
    # The gradient of the other batch with its own classes, at the same model.
    mine, theirs = (np.concatenate([a.ravel() for a in one.observed.update.arrays.values()]) for one in (case, other))
    expected = mine @ theirs / np.linalg.norm(mine) / np.linalg.norm(theirs)
    batches = torch.from_numpy(np.stack([other.x, other.x]))
    found = matching.cosine(batches, torch.from_numpy(other.y)).detach().numpy()
    np.testing.assert_allclose(found, [expected, expected], rtol=1e-4)


def test_classes_are_counted_by_hand():
    # Predictions of 0.8 and 0.3 for the first of two: of 3 to 1, p - e_y is .75 (-.2, .2) + .25 (.3, -.3) on average.
    predicted = np.array([[0.8, 0.2], [0.3, 0.7]])
    assert classes_of_batch(np.array([-0.075, 0.075]), predicted, 4).tolist() == [0, 0, 0, 1]
    assert classes_of_batch(np.array([0.3, -0.3]), predicted, 1).tolist() == [1]
    assert classes_of_batch(np.array([0.3, -0.3]), predicted, 3).tolist() == [1, 1, 1]
    said = mean_predictions(np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]), np.array([0, 0, 1]))
    np.testing.assert_allclose(said, [[0.75, 0.25, 0], [0, 0, 1], [0.5, 1 / 6, 1 / 3]])


def test_strangers_must_fit() -> None:
    with pytest.raises(InputError, match="3 inputs and 2 classes"):
        Strangers(np.zeros((3, 2), np.float32), np.zeros(2, np.int64))
