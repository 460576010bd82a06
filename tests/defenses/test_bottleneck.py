"""The critic's bound by hand, and whose the critic is."""

import math

import pytest
import torch

from fedser.defenses import Bottleneck
from fedser.defenses.attribute_head import BIAS, WEIGHT
from fedser.defenses.bottleneck import HIDDEN, OUTPUT
from fedser.defenses.objective import Batch
from fedser.models import MLP
from fedser.seeds import Stream

SETTINGS = {"strength": 0.0, "head": "shared", "critic": 1}
ARRAYS = {
    WEIGHT: torch.zeros(2, 1),
    BIAS: torch.zeros(2),
    f"{HIDDEN}.weight": torch.tensor([[1.0, 2.0, 0.0, 3.0]]),
    f"{HIDDEN}.bias": torch.tensor([1.0]),
    f"{OUTPUT}.weight": torch.tensor([[0.5]]),
    f"{OUTPUT}.bias": torch.tensor([-2.0]),
}
"""t(x, r, u) = relu(x + 2 r + 3 [u = 1] + 1) / 2 - 2."""

X, R, U = [3.0, -2.0, 0.0], [0.5, 1.0, 0.0], [0, 0, 1]


def critic(x, r, u):
    return max(0.0, x + 2 * r + 3 * u + 1) / 2 - 2


def softplus(z):
    return math.log1p(math.exp(z))


def batch(padding=0):
    """Rows of one client, and such as do not count."""
    x, u = torch.tensor([*X, *[9.0] * padding]), torch.tensor([*U, *[0] * padding])
    weights = torch.tensor([1 / 3] * 3 + [0.0] * padding)
    return Batch(x.unsqueeze(-1), u, weights, torch.tensor(0.0))


@pytest.mark.parametrize("padding", [0, 2])
def test_the_bound_by_hand(padding):
    """Each row beside its own input, and beside the next one's, the last beside the first's."""
    hidden = torch.tensor([*R, *[7.0] * padding]).unsqueeze(-1)
    found = Bottleneck(keep=2.0, **SETTINGS).term(hidden, ARRAYS, batch(padding))
    own = [softplus(-critic(x, r, u)) for x, r, u in zip(X, R, U, strict=True)]
    other = [softplus(critic(x, r, u)) for x, r, u in zip([*X[1:], X[0]], R, U, strict=True)]
    assert found.item() == pytest.approx(math.log(2) + 2 * (sum(own) + sum(other)) / 3, abs=1e-6)


def test_without_keep_it_is_the_adversarial_loss_alone():
    hidden = torch.tensor(R).unsqueeze(-1)
    assert Bottleneck(keep=0.0, **SETTINGS).term(hidden, ARRAYS, batch()).item() == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("head", "of_head", "of_critic"), [("public", "frozen", "own"), ("local", "own", "own"), ("shared", None, None)]
)
def test_whose_they_are(head, of_head, of_critic):
    defense = Bottleneck(strength=0.5, head=head)
    names = ["dense1.weight", *defense.beside(MLP(), 988, Stream(1))]
    roles = defense.on_parameters(names, 3)
    assert roles.get(WEIGHT) == roles.get(BIAS) == of_head and "dense1.weight" not in roles
    assert {roles.get(name) for name in names if name.startswith((HIDDEN, OUTPUT))} == {of_critic}
    assert defense.keeps_state == (head != "shared")
