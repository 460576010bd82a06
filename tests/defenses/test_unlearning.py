"""The further loss by hand, what it is by autograd, and that the layers do not notice it at a strength of zero."""

import math

import numpy as np
import pytest
import torch

from fedser.defenses import Unlearning
from fedser.defenses.attribute_head import BIAS, WEIGHT
from fedser.defenses.head_fit import fitted_head
from fedser.defenses.objective import Batch
from fedser.defenses.schedule import share
from fedser.errors import EngineError
from fedser.models import MLP
from fedser.models.parameters import parameters
from fedser.seeds import Stream
from fedser.tasks import Classification

H = torch.tensor([[1.0, 2.0], [0.0, 1.0]])
HEAD = {WEIGHT: torch.tensor([[1.0, 0.0], [0.0, 1.0]]), BIAS: torch.tensor([0.0, 1.0])}
ATTRIBUTES = torch.tensor([0, 0])
P = torch.softmax(torch.tensor([[1.0, 3.0], [0.0, 2.0]]), dim=1)
"""What the head says: its logits are h W^T + b."""


def derivatives(defense, strength=0.5):
    """Of the term by the activations and by the head."""
    hidden, head = H.clone().requires_grad_(), {name: each.clone().requires_grad_() for name, each in HEAD.items()}
    batch = Batch(torch.zeros(2, 1), ATTRIBUTES, torch.tensor([0.5, 0.5]), torch.tensor(strength))
    loss = defense.term(hidden, head, batch)
    return loss, torch.autograd.grad(loss, [hidden, head[WEIGHT], head[BIAS]])


def test_the_reversed_head_by_hand():
    """The head goes down the gradient of its cross-entropy, (p - e_a) h^T; the activations up it, times lambda."""
    loss, (by_hidden, by_weight, by_bias) = derivatives(Unlearning(strength=0.5))
    error = (P - torch.tensor([1.0, 0.0])) / 2
    assert loss.item() == pytest.approx((math.log(1 + math.exp(2)) + math.log(1 + math.exp(2))) / 2)
    assert torch.allclose(by_hidden, -0.5 * error @ HEAD[WEIGHT])
    assert torch.allclose(by_weight, error.T @ H) and torch.allclose(by_bias, error.sum(dim=0))


def test_doubt_by_hand():
    """The activations go down the cross-entropy to one half each, whatever the value is; the head learns as before."""
    _, (by_hidden, by_weight, by_bias) = derivatives(Unlearning(strength=0.5, against="confusion"))
    error = (P - torch.tensor([1.0, 0.0])) / 2
    assert torch.allclose(by_hidden, 0.5 * ((P - 0.5) / 2) @ HEAD[WEIGHT])
    assert torch.allclose(by_weight, error.T @ H) and torch.allclose(by_bias, error.sum(dim=0))


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [("constant", [1, 1, 1]), ("linear", [0.1, 0.5, 1]), ("ganin", [0.4621172, 0.9866143, 0.9999092])],
)
def test_schedules(schedule, expected):
    assert [share(schedule, progress) for progress in (0.1, 0.5, 1.0)] == pytest.approx(expected, abs=1e-6)
    defense = Unlearning(strength=0.3, schedule=schedule)
    assert defense.strength_at(5, 10) == pytest.approx(0.3 * expected[1])


def test_its_label_tells_its_strength_and_what_else_was_chosen():
    assert Unlearning(strength=0.0).label == "unlearning(strength=0.0)"
    assert Unlearning(strength=0.5, schedule="ganin", head="local").label == (
        "unlearning(strength=0.5 schedule=ganin head=local)"
    )


def test_a_layer_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"^no hidden layer 3 \(choose from 1 to 2\)$"):
        Unlearning(strength=0.1, layer=3).on_model(MLP())


def test_the_head_fits_the_layer_it_reads():
    arrays = Unlearning(strength=0.1, layer=1, values=("a", "b", "c")).beside(MLP(), 988, Stream(1))
    assert {name: array.shape for name, array in arrays.items()} == {WEIGHT: (3, 256), BIAS: (3,)}


def activated(values, offset=0.0, scale=1.0):
    """Rows of 16 units of which the attribute moves each a little."""
    attributes = np.arange(90) % values
    rows = np.maximum(np.random.default_rng(2).normal(size=(90, 16)) + 0.4 * attributes[:, None], 0)
    return (scale * rows + offset).astype(np.float32), attributes


@pytest.mark.parametrize("values", [2, 3])
def test_a_fitted_head_is_where_its_loss_is_least(values):
    """Its gradient: sum over the rows of c_a (p - e_a) h, with c_a so that each value counts alike, and W."""
    hidden, attributes = activated(values)
    weight, bias = (each.astype(np.float64) for each in fitted_head(hidden, attributes, values))
    logits = hidden @ weight.T + bias
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    counts = len(hidden) / values / np.bincount(attributes)[attributes]
    wrong = (p / p.sum(axis=1, keepdims=True) - np.eye(values)[attributes]) * counts[:, None]
    penalty = weight * (2 if values == 2 else 1)  # of two values, it is that of the one logit's weight
    np.testing.assert_allclose(wrong.T @ hidden + penalty, 0, atol=2e-4)
    np.testing.assert_allclose(wrong.sum(axis=0), 0, atol=2e-4)


@pytest.mark.parametrize("values", [2, 3])
@pytest.mark.parametrize(("offset", "scale"), [(1e4, 1.0), (0.0, 1e8), (0.0, 1e12), (0.0, 1e-9), (0.0, 0.0)])
def test_a_head_is_fitted_without_a_warning_to_whatever_a_model_makes(values, offset, scale):
    hidden, attributes = activated(values, offset, scale)
    weight, bias = (each.astype(np.float64) for each in fitted_head(hidden, attributes, values))
    right = np.mean(np.argmax(hidden @ weight.T + bias, axis=1) == attributes)
    assert np.isfinite(weight).all() and (right > 0.6 or scale < 1)


def test_of_a_model_that_has_diverged_no_head_is_fitted():
    defense, model = Unlearning(strength=0.5), MLP(hidden=(4,), dropout=(0.0,))
    arrays = parameters(Classification().network(model, 3, Stream(1))) | dict(defense.beside(model, 3, Stream(1)))
    arrays["dense1.bias"] = np.full(4, np.inf, np.float32)
    with pytest.raises(EngineError, match=r"^unlearning.*: after round 0 the model's activations .* or this"):
        defense.on_public(arrays, 0, lambda: (np.ones((2, 3), np.float32), np.array([0, 1])))
