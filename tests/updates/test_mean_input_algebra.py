"""The algebra of the first layer's gradient."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from fedser.updates.reductions.mean_input import mean_input


def gradient(seed: int, utterances: int):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(utterances, 7, generator=generator)
    w, b = (torch.randn(*shape, generator=generator).requires_grad_() for shape in ((5, 7), (5,)))
    torch.tanh(x @ w.T + b).pow(2).sum().backward()
    return x.numpy(), w.grad.numpy(), b.grad.numpy()


@given(st.integers(0, 2**32))
def test_one_utterance_is_recovered(seed):
    x, weight, bias = gradient(seed, 1)
    np.testing.assert_allclose(mean_input(weight, bias), x[0], rtol=1e-2, atol=1e-3)


@given(st.integers(0, 2**32), st.permutations(range(5)), st.lists(st.sampled_from([-1.0, 1.0]), min_size=5, max_size=5))
def test_order_sign_and_scale_of_neurons_drop_out(seed, order, signs):
    _, weight, bias = gradient(seed, 6)
    sign = np.array(signs, np.float32) * 3.5
    other = mean_input(weight[order] * sign[:, None], bias[order] * sign)
    np.testing.assert_allclose(other, mean_input(weight, bias), rtol=1e-3, atol=1e-5)


def test_without_any_bias_gradient_it_is_zero():
    assert (mean_input(np.ones((5, 7), np.float32), np.zeros(5, np.float32)) == 0).all()
