"""Inputs of a small batch, taken out of the gradient of the real model with its dropout."""

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from fedser.models import MLP
from fedser.models.parameters import gradients, parameters
from fedser.seeds import Stream
from fedser.updates.reductions import PullBack, RecoveredInputs
from fedser.updates.reductions.sparse_columns import recover
from fedser.updates.update import Update

LAYERS = ("dense1", "dense2", "dense3")
INPUTS, CLASSES = 60, 4
ALL = RecoveredInputs(layers=LAYERS)


def batch(utterances, seed=0):
    """Inputs [n, 60], of which class c has dimensions c, c + 4, ... higher, and labels [n]."""
    generator = np.random.default_rng(seed)
    y = np.arange(utterances) % CLASSES
    x = generator.standard_normal((utterances, INPUTS)) + 1.0 * (np.arange(INPUTS) % CLASSES == y[:, None])
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y)


def network():
    return MLP(hidden=(160, 40), dropout=(0.2, 0.2)).build(INPUTS, CLASSES, Stream(1)("init").torch())


def step_gradient(net, x, y, number=0):
    net.zero_grad()
    torch.nn.functional.cross_entropy(net(x, Stream(2)("masks", number).torch()), y).backward()
    return gradients(net)


def sent_gradient(x, y):
    net = network()
    return Update(1, "client-0000", len(x), step_gradient(net, x, y)), parameters(net)


def trained(x, y, optimizer, steps):
    """The model after ``steps`` local steps on halves of the batch, and the model before."""
    net = network()
    before = {name: array.copy() for name, array in parameters(net).items()}
    local = optimizer(net.parameters())
    for number in range(steps):
        rows = torch.arange(len(x)) % 2 == number % 2
        step_gradient(net, x[rows], y[rows], number)
        local.step()
    return Update(1, "client-0000", len(x), {k: v.copy() for k, v in parameters(net).items()}), before


def means(x, y):
    return np.stack([x[y == label].numpy().mean(axis=0) for label in range(CLASSES)])


def cosine(one, other):
    return float((one * other).sum() / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.mark.parametrize("utterances", [1, 4, 12])
def test_every_input_is_recovered(utterances):
    x, y = batch(utterances)
    update, _ = sent_gradient(x, y)
    weight, bias = (update.arrays[f"dense1.{name}"].astype(float) for name in ("weight", "bias"))
    found = recover(weight, bias, utterances)
    assert found.inputs.shape == (utterances, INPUTS)
    nearest = np.abs(found.inputs[:, None] - x.numpy()).max(axis=2)
    assert sorted(nearest.argmin(axis=1)) == list(range(utterances)) and nearest.min(axis=1).max() < 1e-2
    np.testing.assert_allclose(found.errors @ found.inputs, weight, atol=1e-2 * np.abs(weight).max())


def test_their_means_are_exact_and_their_classes_known(public):
    x, y = batch(12)
    found = ALL(*sent_gradient(x, y), public())
    np.testing.assert_allclose(found["mean"], x.numpy().mean(axis=0), atol=1e-2)
    np.testing.assert_allclose(found["classes"], means(x, y), atol=1e-2)


def test_a_class_that_is_not_there_is_zero(public):
    x, y = batch(12)
    found = ALL(*sent_gradient(x[y != 2], y[y != 2]), public())
    assert (found["classes"][2] == 0).all() and np.abs(found["classes"][[0, 1, 3]]).max(axis=1).min() > 0.5


def test_of_updates_with_more_utterances_nothing_is_told(public):
    update, model = sent_gradient(*batch(12))
    for array in RecoveredInputs(layers=LAYERS, most=11)(update, model, public()).values():
        assert (array == 0).all()
    assert np.abs(RecoveredInputs(layers=LAYERS, most=12)(update, model, public())["mean"]).max() > 0


def test_no_gradient_gives_zeros(public):
    update, model = sent_gradient(*batch(4))
    nothing = {name: np.zeros_like(array) for name, array in update.arrays.items()}
    found = ALL(Update(1, "client-0000", 4, nothing), model, public())
    assert all((array == 0).all() for array in found.values())


def test_threads_change_no_bit(public, same):
    update, model = sent_gradient(*batch(12))
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads, user_api="blas"):
            found.append(ALL(update, model, public()))
    assert same(*found)


def test_local_sgd_adds_gradients_up_and_hides_nothing(public):
    """Two local steps at a rate of 0.01: their sum is that of the gradients, but for the move of the weights."""
    x, y = batch(12)
    sgd = lambda of: torch.optim.SGD(of, lr=0.01)  # noqa: E731
    found = ALL(*trained(x, y, sgd, 2), public("parameters"))
    np.testing.assert_allclose(found["classes"], means(x, y), atol=2e-2)


def test_local_adam_hides_the_inputs_and_not_their_classes_directions(public):
    """After two Adam steps no input is recovered; the pull-back's cosines with the planted means are still high."""
    x, y = batch(12)
    adam = lambda of: torch.optim.Adam(of, lr=5e-4, betas=(0.9, 0.98), eps=1e-9)  # noqa: E731
    update, before = trained(x, y, adam, 2)
    recovered = ALL(update, before, public("parameters"))
    contrasts = means(x, y) - x.numpy().mean(axis=0)
    pulled = PullBack(layers=LAYERS)(update, before, public("parameters"))["classes"]
    plain = PullBack(layers=LAYERS)(*sent_gradient(x, y), public())["classes"]
    by_adam, by_gradient = (np.mean(list(map(cosine, rows, contrasts))) for rows in (pulled, plain))
    assert (recovered["mean"] == 0).all()
    assert by_gradient > 0.8 and 0.65 < by_adam < by_gradient  # 0.88 and 0.73
