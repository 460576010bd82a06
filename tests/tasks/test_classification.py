"""Emotion classification: its loss is the mean negative log-likelihood, its prediction the most probable class."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydantic import ValidationError

from fedser.models import MLP
from fedser.seeds import Stream
from fedser.tasks import Classification

LOGITS = arrays.arrays(np.float32, (6, 4), elements=st.floats(-30, 30, width=32))


class Fixed(torch.nn.Module):
    """A network that returns given logits and remembers how it was asked."""

    def __init__(self, logits):
        super().__init__()
        self.logits, self.masks, self.grad = torch.from_numpy(logits), [], []

    def forward(self, x, masks):
        self.masks.append(masks)
        self.grad.append(torch.is_grad_enabled())
        return self.logits


@given(LOGITS, arrays.arrays(np.int64, 6, elements=st.integers(0, 3)))
def test_the_loss_is_the_mean_negative_log_likelihood(logits, y):
    masks = Stream(1).torch()
    network = Fixed(logits)
    loss = Classification().loss(network, torch.zeros(6, 2), torch.from_numpy(y), masks)
    wide = logits.astype(np.float64)
    shifted = wide - wide.max(axis=1, keepdims=True)
    likelihood = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    assert loss.item() == pytest.approx(-likelihood[np.arange(6), y].mean(), rel=1e-4, abs=1e-5)
    assert network.masks == [masks]


@given(LOGITS)
def test_the_prediction_is_the_greatest_logit_without_dropout_or_gradient(logits):
    network = Fixed(logits)
    labels = Classification().predict(network, np.zeros((6, 2), np.float32))
    assert labels.dtype == np.int64 and np.array_equal(labels, logits.argmax(axis=1))
    assert network.masks == [None] and network.grad == [False]


def test_a_read_only_matrix_is_predicted():
    task = Classification()
    network = task.network(MLP(), 3, Stream(1))
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    expected = task.predict(network, x)
    x.flags.writeable = False
    assert np.array_equal(task.predict(network, x), expected)


def test_the_network_has_one_logit_per_class_and_follows_its_stream():
    task = Classification(classes=("sad", "happy", "angry"))
    one, two, other = (task.network(MLP(), 5, Stream(seed)) for seed in (1, 1, 2))
    x = torch.ones(2, 5)
    assert one(x).shape == (2, 3)
    assert torch.equal(one(x), two(x)) and not torch.equal(one(x), other(x))


def test_it_describes_itself():
    task = Classification()
    assert Classification.model_validate_json(task.model_dump_json()) == task
    assert task.summary() and task.source


@pytest.mark.parametrize(
    ("classes", "text"),
    [(("sad", "happy", "sad"), "classes: given more than once: sad"), (("sad",), "at least 2 items")],
)
def test_senseless_classes_are_refused(classes, text):
    with pytest.raises(ValidationError) as caught:
        Classification(classes=classes)
    assert text in str(caught.value)


@given(
    arrays.arrays(np.float64, (2, 6, 4), elements=st.floats(-30, 30)),
    arrays.arrays(np.int64, (2, 6), elements=st.integers(0, 3)),
    arrays.arrays(np.float64, (2, 6), elements=st.floats(0, 1)),
)
def test_the_residual_is_the_derivative_of_the_weighted_cross_entropy(logits, y, weights):
    inputs, labels = torch.from_numpy(logits).requires_grad_(), torch.from_numpy(y)
    each = torch.nn.functional.cross_entropy(inputs.flatten(0, 1), labels.flatten(), reduction="none").view(2, 6)
    expected = (each * torch.from_numpy(weights)).sum(dim=1)
    expected.sum().backward()
    loss, delta = Classification().residual(torch.from_numpy(logits), labels, torch.from_numpy(weights))
    assert torch.allclose(loss, expected, rtol=1e-12, atol=1e-12)
    assert torch.allclose(delta, inputs.grad, rtol=1e-12, atol=1e-14)


@given(LOGITS, arrays.arrays(np.int64, 6, elements=st.integers(0, 3)))
def test_with_weights_of_one_over_the_batch_the_residuals_loss_is_the_loss(logits, y):
    task, labels = Classification(), torch.from_numpy(y)
    expected = task.loss(Fixed(logits), torch.zeros(6, 2), labels, None)
    loss, delta = task.residual(torch.from_numpy(logits), labels, torch.full((6,), 1 / 6))
    assert torch.allclose(loss, expected, rtol=1e-5, atol=1e-6)
    assert torch.allclose(delta.sum(dim=-1), torch.zeros(6), atol=1e-6)  # the shares of the classes are a distribution
