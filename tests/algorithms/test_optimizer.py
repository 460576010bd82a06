"""The flat form of each optimiser takes the steps of torch.optim, for one client and for the first of a stack."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fedser.algorithms.optimizer import SGD, Adam

OPTIMIZERS = [
    SGD(),
    SGD(weight_decay=0.3),
    Adam(),
    Adam(betas=(0.5, 0.6), epsilon=1e-3, weight_decay=0.0),
    Adam(betas=(0.0, 0.0)),
]


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def by_torch(optimizer, start, gradients, rate):
    """The parameters after torch's own steps along ``gradients``."""
    parameters = start.clone().requires_grad_()
    stepper = optimizer.build([parameters], rate)
    for gradient in gradients:
        parameters.grad = gradient.clone()
        stepper.step()
    return parameters.detach()


def flat(optimizer, start, gradients, rate):
    parameters, steps = start.clone(), optimizer.flat(start, rate)
    steps.begin()
    for gradient in gradients:
        steps.step(parameters, gradient.clone())
    return parameters


def same(optimizer, one, other):
    """SGD: bit for bit. Adam's fused kernel divides in another order: to a rounding or two of the parameters."""
    return torch.equal(one, other) if optimizer.name == "sgd" else torch.allclose(one, other, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
class TestEveryOptimizer:
    @given(size=st.integers(1, 70), number=st.integers(1, 9), seed=st.integers(0, 99), rate=st.floats(1e-4, 0.5))
    def test_its_flat_steps_are_those_of_torch(self, optimizer, size, number, seed, rate):
        start, gradients = drawn(seed, size), drawn(seed + 1, number, size)
        expected = by_torch(optimizer, start, gradients, rate)
        assert same(optimizer, flat(optimizer, start, gradients, rate), expected)

    def test_a_new_beginning_forgets_all_steps(self, optimizer):
        start, gradients = drawn(0, 20), drawn(1, 6, 20)
        steps, ends = optimizer.flat(start, 0.1), []
        for _ in range(2):
            parameters = start.clone()
            steps.begin()
            for gradient in gradients:
                steps.step(parameters, gradient.clone())
            ends.append(parameters)
        assert torch.equal(*ends) and not torch.equal(ends[0], start)

    @given(taken=st.lists(st.integers(1, 5), min_size=1, max_size=5), seed=st.integers(0, 99))
    def test_the_first_of_a_stack_step_on_and_the_rest_stays(self, optimizer, taken, seed):
        """Clients sorted by their steps, most first: each ends as it would alone, in a stack and its prefixes."""
        taken = sorted(taken, reverse=True)
        start, gradients = drawn(seed, len(taken), 13), drawn(seed + 1, taken[0], len(taken), 13)
        stack, steps = start.clone(), optimizer.flat(start, 0.1)
        steps.begin()
        for number in range(taken[0]):
            active = sum(count > number for count in taken)
            before = stack[active:].clone()
            steps.step(stack[:active], gradients[number, :active].clone())
            assert torch.equal(stack[active:], before)
        for place, count in enumerate(taken):
            expected = by_torch(optimizer, start[place], gradients[:count, place], 0.1)
            assert same(optimizer, stack[place], expected)
