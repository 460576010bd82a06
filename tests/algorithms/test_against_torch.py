"""FedSGD and FedAvg against plain torch: nn.Sequential, autograd and torch.optim, written down once more."""

import numpy as np
import pytest
import torch
from torch import nn

from fedser.algorithms import FedAvg, FedSGD
from fedser.algorithms.algorithm import ClientData
from fedser.algorithms.optimizer import SGD, Adam
from fedser.models.parameters import parameters
from fedser.seeds import Stream
from fedser.tasks import Classification

TASK, STREAM = Classification(), Stream(8)("client")


def sequential(network):
    """The same weights in torch's own modules, without dropout, ending in log-probabilities."""
    layers = [nn.Linear(layer.in_features, layer.out_features) for layer in network.children()]
    for layer, original in zip(layers, network.children(), strict=True):
        layer.load_state_dict(original.state_dict())
    return nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2], nn.LogSoftmax(dim=1))


def batches(data, size, stream):
    """The batches a client draws: a permutation of its stream, cut from the front."""
    order = stream.numpy().permutation(len(data.y))
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        yield torch.tensor(data.x[rows]), torch.tensor(data.y[rows])


def close(arrays, tensors):
    pairs = zip(arrays.values(), tensors, strict=True)
    return all(np.allclose(array, tensor.detach().numpy(), rtol=1e-5, atol=1e-7) for array, tensor in pairs)


@pytest.mark.parametrize("size", [1, 20, 47, 100])
def test_fedsgd_sends_the_gradient_of_one_batch(network, data, size):
    plain = sequential(network())
    x, y = next(batches(data, size, STREAM("batch")))
    loss = nn.NLLLoss()(plain(x), y)
    loss.backward()
    found = FedSGD(batch_size=size).local(network(), TASK, data, STREAM)
    assert found.examples == min(size, 47)
    assert found.loss == pytest.approx(loss.item(), rel=1e-5)
    assert close(found.arrays, [tensor.grad for tensor in plain.parameters()])


def test_fedsgd_of_a_small_client_weighs_what_it_has(network):
    rng = np.random.default_rng(0)
    data = ClientData(rng.normal(size=(3, 9)).astype(np.float32), np.array([0, 1, 3]))
    assert FedSGD().local(network(), TASK, data, STREAM).examples == 3


@pytest.mark.parametrize("epochs", [1, 4])
@pytest.mark.parametrize("size", [20, 7, 64])
@pytest.mark.parametrize(
    ("optimizer", "plain_optimizer", "rate"),
    [
        (SGD(), torch.optim.SGD, 0.05),
        (SGD(weight_decay=0.2), lambda p, lr: torch.optim.SGD(p, lr=lr, weight_decay=0.2), 0.05),
        (Adam(), lambda p, lr: torch.optim.Adam(p, lr=lr, betas=(0.9, 0.98), eps=1e-9, weight_decay=1e-4), 5e-4),
        (Adam(betas=(0.5, 0.6), epsilon=1e-3, weight_decay=0.0), None, 5e-3),
    ],
    ids=["sgd", "sgd-decay", "adam-paper", "adam"],
)
def test_fedavg_sends_the_model_after_its_epochs(network, data, optimizer, plain_optimizer, rate, size, epochs):
    make = plain_optimizer or (lambda p, lr: torch.optim.Adam(p, lr=lr, betas=(0.5, 0.6), eps=1e-3))
    plain, losses = sequential(network()), []
    stepper = make(plain.parameters(), lr=rate)
    for epoch in range(epochs):
        for x, y in batches(data, size, STREAM("batch", epoch)):
            stepper.zero_grad()
            loss = nn.NLLLoss()(plain(x), y)
            loss.backward()
            stepper.step()
            losses += [loss.item()] * len(y)
    algorithm = FedAvg(learning_rate=rate, batch_size=size, epochs=epochs, optimizer=optimizer)
    found = algorithm.local(network(), TASK, data, STREAM)
    assert found.examples == 47
    assert found.loss == pytest.approx(np.mean(losses), rel=1e-5)
    assert close(found.arrays, plain.parameters())


def test_sgd_by_hand(network, data):
    """One full-batch step: w - eta grad, so that FedAvg's update is eta times FedSGD's."""
    broadcast = parameters(network())
    gradient = FedSGD(batch_size=99).local(network(), TASK, data, STREAM).arrays
    algorithm = FedAvg(batch_size=99, learning_rate=0.5, optimizer=SGD())
    update = algorithm.as_update(algorithm.local(network(), TASK, data, STREAM).arrays, broadcast)
    assert all(np.allclose(update[name], 0.5 * gradient[name], rtol=1e-4, atol=1e-6) for name in gradient)


def test_adam_by_hand(network, data):
    """A single step of new moments is eta g / (|g| + eps) in every element (Kingma and Ba 2015, algorithm 1)."""
    broadcast = parameters(network())
    gradient = FedSGD(batch_size=99).local(network(), TASK, data, STREAM).arrays
    algorithm = FedAvg(batch_size=99, learning_rate=1e-2, optimizer=Adam(epsilon=1e-3, weight_decay=0.0))
    update = algorithm.as_update(algorithm.local(network(), TASK, data, STREAM).arrays, broadcast)
    for name, array in gradient.items():
        assert np.allclose(update[name], 1e-2 * array / (np.abs(array) + 1e-3), rtol=1e-3, atol=1e-6)


def test_dropout_drops_in_training(network, data):
    whole = FedSGD(batch_size=99).local(network(), TASK, data, STREAM)
    thinned = FedSGD(batch_size=99).local(network(0.5), TASK, data, STREAM)
    assert thinned.loss != whole.loss
    assert not np.allclose(thinned.arrays["dense2.weight"], whole.arrays["dense2.weight"], rtol=0.1)
