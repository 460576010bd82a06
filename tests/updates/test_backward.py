"""The backward map, against automatic differentiation and against simulated gates; the pull-back that inverts it."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fedser.updates.reductions import PullBack
from fedser.updates.reductions.backward import backward_map, expected_gates, open_gates, output_errors
from fedser.updates.reductions.pull_back import pull_back
from fedser.updates.update import Update

WIDTHS = (12, 30, 20, 4)


def network(seed):
    generator = np.random.default_rng(seed)
    weights = [generator.standard_normal((out, inputs)) / np.sqrt(inputs) for inputs, out in pairwise(WIDTHS)]
    return weights, [0.3 * generator.standard_normal(len(weight)) for weight in weights], generator


@given(st.integers(0, 2**32))
def test_it_is_the_gradient_of_the_logits(seed):
    weights, biases, generator = network(seed)
    x = torch.from_numpy(generator.standard_normal(WIDTHS[0]))
    first = (torch.from_numpy(weights[0]) @ x + torch.from_numpy(biases[0])).requires_grad_()
    second = torch.from_numpy(weights[1]) @ torch.relu(first) + torch.from_numpy(biases[1])
    logits = torch.from_numpy(weights[2]) @ torch.relu(second) + torch.from_numpy(biases[2])
    expected = np.stack([torch.autograd.grad(logit, first, retain_graph=True)[0].numpy() for logit in logits])
    gates = [(value.detach().numpy() > 0).astype(float) for value in (first, second)]
    np.testing.assert_allclose(backward_map(weights[1:], gates), expected, rtol=1e-9, atol=1e-12)


def test_with_all_gates_open_it_is_the_product_of_the_weights():
    weights, _, _ = network(0)
    linear = backward_map(weights[1:], open_gates(weights[1:]))
    np.testing.assert_allclose(linear, weights[2] @ weights[1], rtol=1e-12)


def test_expected_gates_are_those_of_many_inputs():
    weights, biases, generator = network(3)
    hidden = generator.standard_normal((200_000, WIDTHS[0]))
    for weight, bias, gate in zip(weights, biases, expected_gates(weights[:-1], biases[:-1]), strict=False):
        before = hidden @ weight.T + bias
        hidden = np.maximum(before, 0)
        # Neurons of the second layer see correlated ones, which are taken for uncorrelated.
        assert np.abs((before > 0).mean(axis=0) - gate).max() < (0.01 if weight is weights[0] else 0.1)


def test_a_neuron_without_weights_is_open_or_shut():
    assert expected_gates([np.zeros((2, 3))], [np.array([0.5, -0.5])])[0].tolist() == [1.0, 0.0]


@given(st.integers(0, 2**32))
def test_zero_sum_errors_are_recovered_where_one_map_is_all(seed):
    weights, _, generator = network(seed)
    residuals = generator.standard_normal((4, 7))
    residuals -= residuals.mean(axis=0)
    backward = backward_map(weights[1:], open_gates(weights[1:]))
    np.testing.assert_allclose(output_errors(backward, backward.T @ residuals), residuals, rtol=1e-6, atol=1e-9)


@given(st.integers(0, 2**32), st.floats(1e-6, 1e6), st.permutations(range(WIDTHS[1])))
def test_the_neurons_order_and_every_factor_drop_out(seed, factor, order):
    weights, biases, generator = network(seed)
    arrived = generator.standard_normal((WIDTHS[1], WIDTHS[0])).astype(np.float32)
    moved = [weights[0][order], weights[1][:, order], weights[2]], [biases[0][order], *biases[1:]]
    rows = [
        pull_back(sent, backward_map(w[1:], expected_gates(w[:-1], b[:-1])))
        for sent, (w, b) in ((arrived, (weights, biases)), (np.float32(factor) * arrived[order], moved))
    ]
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(rows[0], axis=1), 1, rtol=1e-5)


def test_no_gradient_gives_zeros():
    weights, _, _ = network(0)
    assert (pull_back(np.zeros((30, 12), np.float32), backward_map(weights[1:], open_gates(weights[1:]))) == 0).all()


@pytest.mark.parametrize("maps", ["linearised", "gated"])
def test_each_class_points_at_its_mean_input(maps):
    """A batch of 40 at an untrained network: cosine with the true sum of residuals times inputs."""
    weights, biases, generator = network(5)
    x, y = generator.standard_normal((40, 12)), generator.integers(0, 4, 40)
    x[np.arange(40), y] += 3
    first = np.maximum(x @ weights[0].T + biases[0], 0)
    second = np.maximum(first @ weights[1].T + biases[1], 0)
    logits = torch.from_numpy(second @ weights[2].T + biases[2])
    residuals = torch.softmax(logits, 1).numpy() - np.eye(4)[y]
    sent = (((residuals @ weights[2]) * (second > 0)) @ weights[1] * (first > 0)).T @ x
    gates = open_gates(weights[1:]) if maps == "linearised" else expected_gates(weights[:-1], biases[:-1])
    found = pull_back(sent.astype(np.float32), backward_map(weights[1:], gates))
    expected = -residuals.T @ x
    cosines = (found * expected).sum(axis=1) / np.linalg.norm(expected, axis=1)
    assert cosines.mean() > 0.85


def local_sgd(seed, rate, epochs):
    """(model before, model after, -(p - e_y) x^T summed over all local steps) of a client of 40 in batches of 20."""
    weights, biases, generator = network(seed)
    before = [torch.from_numpy(array) for pair in zip(weights, biases, strict=True) for array in pair]
    model = [array.clone().requires_grad_() for array in before]
    x, y = torch.from_numpy(generator.standard_normal((40, 12))), torch.from_numpy(generator.integers(0, 4, 40))
    x[torch.arange(40), y] += 2
    truth = torch.zeros(4, 12, dtype=torch.float64)
    for _ in range(epochs):
        for batch in np.split(generator.permutation(40), 2):
            hidden = torch.relu(torch.relu(x[batch] @ model[0].T + model[1]) @ model[2].T + model[3])
            logits = hidden @ model[4].T + model[5]
            truth -= (torch.softmax(logits, 1) - torch.eye(4)[y[batch]]).detach().T @ x[batch]
            gradients = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, y[batch]), model)
            model = [(a - rate * g).detach().requires_grad_() for a, g in zip(model, gradients, strict=True)]
    names = [f"dense{layer}.{kind}" for layer in (1, 2, 3) for kind in ("weight", "bias")]
    named = [dict(zip(names, (a.detach().numpy() for a in arrays), strict=True)) for arrays in (before, model)]
    return *named, truth.numpy()


def test_both_ends_of_a_path_tell_more_than_its_start(public):
    """Of local SGD that went far the mean of both ends' maps is nearer to the truth; of few steps it is the same."""
    cosines = {}
    for epochs in (1, 20):
        for trajectory in ("start", "ends"):
            reduction, found = PullBack(layers=("dense1", "dense2", "dense3"), trajectory=trajectory), []
            for seed in range(8):
                before, after, truth = local_sgd(seed, 0.3, epochs)
                rows = reduction(Update(1, "a", 40, after), before, public("parameters"))["classes"]
                found.append(((rows * truth).sum(axis=1) / np.linalg.norm(truth, axis=1)).mean())
            cosines[epochs, trajectory] = np.mean(found)
    assert cosines[20, "ends"] > cosines[20, "start"] + 0.01
    assert abs(cosines[1, "ends"] - cosines[1, "start"]) < 0.01
