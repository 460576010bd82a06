"""FedSGD and FedAvg, in each engine's arithmetic, against plain torch: nn.Sequential, autograd, torch.optim again."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from fedser.algorithms import FedAvg, FedSGD
from fedser.algorithms.optimizer import SGD, Adam

NAME = "client-00000"


def sequential(arrays):
    """A model of these parameters in torch's own modules, without dropout, ending in log-probabilities."""
    layers = []
    for weight, bias in zip(*[iter(arrays.values())] * 2, strict=True):
        layer = nn.Linear(weight.shape[1], weight.shape[0])
        layer.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
        layers.append(layer)
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
def test_fedsgd_sends_the_gradient_of_one_batch(train, data, size):
    found = train(FedSGD(batch_size=size), data)
    plain = sequential(found.broadcast)
    x, y = next(batches(data, size, found.stream(NAME)("batch")))
    loss = nn.NLLLoss()(plain(x), y)
    loss.backward()
    assert found.updates[NAME].examples == min(size, 47)
    assert found.loss == pytest.approx(loss.item(), rel=1e-5)
    assert close(found.arrays, [tensor.grad for tensor in plain.parameters()])


def test_fedsgd_of_a_small_client_weighs_what_it_has(train):
    rng = np.random.default_rng(0)
    data = SimpleNamespace(x=rng.normal(size=(3, 9)).astype(np.float32), y=np.array([0, 1, 3]))
    assert train(FedSGD(), data).updates[NAME].examples == 3


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
def test_fedavg_sends_the_model_after_its_epochs(train, data, optimizer, plain_optimizer, rate, size, epochs):
    found = train(FedAvg(learning_rate=rate, batch_size=size, epochs=epochs, optimizer=optimizer), data)
    make = plain_optimizer or (lambda p, lr: torch.optim.Adam(p, lr=lr, betas=(0.5, 0.6), eps=1e-3))
    plain, losses = sequential(found.broadcast), []
    stepper = make(plain.parameters(), lr=rate)
    for epoch in range(epochs):
        for x, y in batches(data, size, found.stream(NAME)("batch", epoch)):
            stepper.zero_grad()
            loss = nn.NLLLoss()(plain(x), y)
            loss.backward()
            stepper.step()
            losses += [loss.item()] * len(y)
    assert found.updates[NAME].examples == 47
    assert found.loss == pytest.approx(np.mean(losses), rel=1e-5)
    assert close(found.arrays, plain.parameters())


def test_sgd_by_hand(train, data):
    """One full-batch step: w - eta grad, so that FedAvg's update is eta times FedSGD's."""
    gradient = train(FedSGD(batch_size=99), data).arrays
    algorithm = FedAvg(batch_size=99, learning_rate=0.5, optimizer=SGD())
    found = train(algorithm, data)
    update = algorithm.as_update(found.arrays, found.broadcast)
    assert all(np.allclose(update[name], 0.5 * gradient[name], rtol=1e-4, atol=1e-6) for name in gradient)


def test_adam_by_hand(train, data):
    """A single step of new moments is eta g / (|g| + eps) in every element (Kingma and Ba 2015, algorithm 1)."""
    gradient = train(FedSGD(batch_size=99), data).arrays
    algorithm = FedAvg(batch_size=99, learning_rate=1e-2, optimizer=Adam(epsilon=1e-3, weight_decay=0.0))
    found = train(algorithm, data)
    update = algorithm.as_update(found.arrays, found.broadcast)
    for name, array in gradient.items():
        assert np.allclose(update[name], 1e-2 * array / (np.abs(array) + 1e-3), rtol=1e-3, atol=1e-6)


def test_dropout_drops_in_training(train, data):
    whole = train(FedSGD(batch_size=99), data)
    thinned = train(FedSGD(batch_size=99), data, dropout=0.5)
    assert thinned.loss != whole.loss
    assert not np.allclose(thinned.arrays["dense2.weight"], whole.arrays["dense2.weight"], rtol=0.1)
