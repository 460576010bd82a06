"""The passes by hand against autograd through the module: the same losses, gradients and logits, alone and stacked."""

from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fedser.models import MLP
from fedser.models.layout import Layout
from fedser.models.mlp import drop
from fedser.models.parameters import parameters
from fedser.seeds import Stream
from fedser.tasks import Classification

CLASSES = 4
TASK = Classification()
TOLERANCE = {torch.float64: {"rtol": 1e-11, "atol": 1e-12}, torch.float32: {"rtol": 1e-5, "atol": 1e-6}}
DTYPE = st.sampled_from(list(TOLERANCE))


@dataclass(frozen=True)
class Case:
    """A model, and clients that each have parameters and a batch of their own."""

    model: MLP
    features: int
    sizes: tuple[int, ...]
    dtype: torch.dtype

    def network(self, client):
        return self.model.build(self.features, CLASSES, Stream(client)("init").torch()).to(self.dtype)

    def batch(self, client):
        generator = Stream(client)("batch").torch()
        x = torch.randn(self.sizes[client], self.features, generator=generator, dtype=self.dtype)
        return x, torch.randint(CLASSES, (self.sizes[client],), generator=generator)

    def masks(self, client):
        return Stream(client)("dropout").torch()

    @property
    def layout(self):
        return Layout.of(parameters(self.network(0)))

    def parameters(self, client):
        return torch.cat([tensor.detach().flatten() for tensor in self.network(client).parameters()])

    def close(self, one, other):
        return torch.allclose(one, other, **TOLERANCE[self.dtype])


@st.composite
def cases(draw, clients=1):
    hidden = draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    rates = [draw(st.sampled_from([0.0, 0.2, 0.7])) for _ in hidden]
    sizes = draw(st.lists(st.integers(1, 12), min_size=clients, max_size=clients))
    model = MLP(hidden=tuple(hidden), dropout=tuple(rates))
    return Case(model, draw(st.integers(1, 9)), tuple(sizes), draw(DTYPE))


def by_autograd(case, client):
    """The loss of a client's batch, and its gradient as one vector."""
    network, (x, y) = case.network(client), case.batch(client)
    loss = TASK.loss(network, x, y, case.masks(client))
    loss.backward()
    return loss.detach(), torch.cat([tensor.grad.flatten() for tensor in network.parameters()])


def kernel_of(case, parameters):
    return case.model.kernel(case.layout, parameters, torch.full_like(parameters, torch.nan), "float32")


def stack_of(case):
    """A kernel of all clients, their batches padded to the greatest, weights, and the dropout of each."""
    kernel = kernel_of(case, torch.stack([case.parameters(client) for client in range(len(case.sizes))]))
    shape = (len(case.sizes), max(case.sizes))
    x, y = torch.zeros(*shape, case.features, dtype=case.dtype), torch.zeros(shape, dtype=torch.int64)
    weights = torch.zeros(shape, dtype=case.dtype)
    for client, size in enumerate(case.sizes):
        x[client, :size], y[client, :size] = case.batch(client)
        weights[client, :size] = 1 / size
    generators = [case.masks(client) for client in range(len(case.sizes))]

    def drop_each(hidden, rate):
        dropped = torch.zeros_like(hidden)
        for client, (size, generator) in enumerate(zip(case.sizes, generators, strict=True)):
            if client < len(hidden):
                dropped[client, :size] = drop(hidden[client, :size], rate, generator)
        return dropped

    return kernel, x, y, weights, drop_each


@given(cases())
def test_one_client_has_the_gradient_of_autograd(case):
    (x, y), generator = case.batch(0), case.masks(0)
    kernel = kernel_of(case, case.parameters(0))
    weights = x.new_full((len(y),), 1 / len(y))
    loss = kernel.backward(x, y, weights, lambda hidden, rate: drop(hidden, rate, generator), TASK.residual)
    expected_loss, expected = by_autograd(case, 0)
    assert case.close(loss, expected_loss) and case.close(kernel.gradient, expected)
    assert torch.equal(kernel.parameters, case.parameters(0))


@given(cases(clients=3))
def test_each_of_a_stack_has_the_gradient_of_autograd(case):
    kernel, x, y, weights, drop_each = stack_of(case)
    losses = kernel.backward(x, y, weights, drop_each, TASK.residual)
    for client in range(3):
        expected_loss, expected = by_autograd(case, client)
        assert case.close(losses[client], expected_loss) and case.close(kernel.gradient[client], expected)


@given(cases(clients=3), st.integers(1, 2))
def test_the_first_of_a_stack_are_the_stack_cut_short(case, number):
    kernel, x, y, weights, drop_each = stack_of(case)
    part = kernel.first(number)
    losses = part.backward(x[:number], y[:number], weights[:number], drop_each, TASK.residual)
    assert losses.shape == (number,) and kernel.gradient[number:].isnan().all()
    assert part.parameters.data_ptr() == kernel.parameters.data_ptr()
    for client in range(number):
        assert case.close(kernel.gradient[client], by_autograd(case, client)[1])


def test_the_whole_of_a_stack_is_the_stack():
    case = Case(MLP(hidden=(3,), dropout=(0.0,)), 2, (1, 1), torch.float32)
    kernel = kernel_of(case, torch.stack([case.parameters(0), case.parameters(1)]))
    assert kernel.first(2) is kernel


@given(cases())
def test_logits_are_those_of_the_module_without_dropout(case):
    x, _ = case.batch(0)
    kernel = kernel_of(case, case.parameters(0))
    found = kernel.logits(x)
    assert case.close(found, case.network(0)(x).detach())
    assert torch.equal(kernel.logits(x), found)


@given(cases(), st.integers(1, 4))
def test_padding_with_weight_zero_adds_nothing(case, padding):
    (x, y), plain = case.batch(0), case.model.model_copy(update={"dropout": (0.0,) * len(case.model.hidden)})
    case = Case(plain, case.features, case.sizes, case.dtype)
    kernel = kernel_of(case, case.parameters(0))
    weights = torch.cat([x.new_full((len(y),), 1 / len(y)), x.new_zeros(padding)])
    x, y = torch.cat([x, x[:1].expand(padding, -1)]), torch.cat([y, y[:1].expand(padding)])
    loss = kernel.backward(x, y, weights, None, TASK.residual)
    expected_loss, expected = by_autograd(case, 0)
    assert case.close(loss, expected_loss) and case.close(kernel.gradient, expected)


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_dropout_is_asked_for_where_there_is_some_and_layer_by_layer(rate):
    case = Case(MLP(hidden=(5, 4, 3), dropout=(rate, 0.0, 0.5)), 6, (2,), torch.float32)
    asked = []

    def remember(hidden, rate):
        asked.append((tuple(hidden.shape), rate))
        return hidden

    kernel, (x, y) = kernel_of(case, case.parameters(0)), case.batch(0)
    kernel.backward(x, y, x.new_full((2,), 0.5), remember, TASK.residual)
    assert asked == [((2, 5), 0.3), ((2, 3), 0.5)][rate == 0 :]
