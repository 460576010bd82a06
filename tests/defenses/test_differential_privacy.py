"""Differential privacy: the accountant's numbers, the noise of each mechanism, what is bounded, and what is refused."""

import math
from statistics import NormalDist

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import nn

from fedser.algorithms import FedAvg, FedSGD
from fedser.defenses import DPSGD, Balance, Clip, DPFedAvg, Noise, Prune, Soteria, Unlearning, UserDP
from fedser.defenses.accountant import epsilon_of, noise_for
from fedser.defenses.adaptive_clip import NORM, AdaptiveClip
from fedser.defenses.turns import Schedule, Share, Turn
from fedser.engine.simulation import Simulation
from fedser.errors import ConfigError
from fedser.models import MLP
from fedser.models.layout import Layout
from fedser.models.mlp import drop
from fedser.models.parameters import parameters
from fedser.seeds import Stream
from fedser.tasks import Classification

STREAM = Stream(4)("defense")
SCHEDULE = Schedule(clients=1000, cohort=100, rounds=200, batch_size=20)
NOTHING = {"a.weight": np.zeros((400, 300), np.float32)}

LONG = {"a.weight": np.ones((400, 300), np.float32)}


def same(one, other):
    return list(one) == list(other) and all(np.array_equal(one[name], other[name]) for name in one)


def simulation(*defenses, **changes):
    settings = {"training": "private-0", "seed": 1, "task": Classification(), "model": MLP(hidden=(4, 3)), "rounds": 20}
    return Simulation(**settings | {"algorithm": FedSGD(), "defenses": defenses} | changes)


def deviation(arrays):
    return float(arrays["a.weight"].astype(np.float64).std())


@pytest.mark.parametrize(("accountant", "noise", "rate", "steps"), [("rdp", 1.1, 0.01, 500), ("prv", 1.3, 0.1, 200)])
def test_epsilon_is_that_of_opacus(accountant, noise, rate, steps):
    from opacus.accountants import PRVAccountant, RDPAccountant

    counted = {"rdp": RDPAccountant, "prv": PRVAccountant}[accountant]()
    for _ in range(steps):
        counted.step(noise_multiplier=noise, sample_rate=rate)
    assert epsilon_of(noise, rate, steps, 1e-3, accountant) == pytest.approx(counted.get_epsilon(delta=1e-3), rel=1e-9)


def test_epsilon_is_above_that_of_a_single_gaussian_and_prv_hardly_so():
    """delta = F(1 / 2z - eps z) - exp(eps) F(-1 / 2z - eps z) (Balle and Wang 2018, theorem 8)."""
    rdp, prv = (epsilon_of(1.0, 1.0, 1, 1e-5, accountant) for accountant in ("rdp", "prv"))
    below = NormalDist().cdf
    exact = below(0.5 - 4.377) - math.exp(4.377) * below(-0.5 - 4.377)
    assert exact == pytest.approx(1e-5, rel=0.01)
    assert 4.377 < prv < 4.39 and prv < rdp < 4.8


GOLDEN = {"rdp": 1.317138671875, "prv": 1.21337890625}
"""opacus 1.6.0: get_noise_multiplier of epsilon 5 at 1e-3, 200 steps at the rate 0.1."""


@pytest.mark.parametrize("accountant", GOLDEN)
def test_the_noise_keeps_to_the_target_and_hardly_more(accountant):
    noise = noise_for(5.0, 0.1, 200, 1e-3, accountant)
    assert noise == pytest.approx(GOLDEN[accountant], rel=1e-9)
    assert 4.98 < epsilon_of(noise, 0.1, 200, 1e-3, accountant) <= 5.0


def test_an_epsilon_that_no_noise_gives_is_refused():
    with pytest.raises(
        ConfigError, match=r"^epsilon: 1e-09 at delta 0.001 in 20 steps of rate 1: .* .choose a larger one.$"
    ):
        noise_for(1e-9, 1.0, 20, 1e-3, "rdp")


def test_without_noise_epsilon_is_infinite_and_without_steps_nothing_is_spent():
    assert epsilon_of(0.0, 0.1, 10, 1e-3, "rdp") == math.inf and epsilon_of(0.0, 0.1, 0, 1e-3, "prv") == 0.0


def test_the_published_deviation_by_hand():
    """q T = 20, C = 0.25, n_k = 50, delta = 0.5: s = (0.5 / 50) sqrt(40 ln 2) / 5 = 0.010531."""
    defense = UserDP(epsilon=5.0)
    assert defense.deviation(SCHEDULE, 50) == pytest.approx(0.0105308, rel=1e-4)
    noisy = defense.in_turn(Turn(SCHEDULE, Share(50, 3), NOTHING)).on_update(NOTHING, STREAM)
    assert deviation(noisy) == pytest.approx(0.0105308, rel=0.01)
    (told,) = defense.guarantees(SCHEDULE, {Share(50, 3): 20})
    assert (told.kind, told.epsilon, told.delta) == ("as published", 5.0, 0.5)


def test_the_mean_gets_z_s_over_m_where_the_server_adds_noise():
    defense = DPFedAvg(noise_multiplier=1.5, clip=0.4)
    turn = Turn(SCHEDULE, Share(50, 3), NOTHING)
    assert same(defense.in_turn(turn).on_update(LONG, STREAM), Clip(norm=0.4).on_update(LONG, STREAM))
    mean = defense.on_mean(NOTHING, NOTHING, SCHEDULE, STREAM)
    assert deviation(mean) == pytest.approx(1.5 * 0.4 / 100, rel=0.01)


def test_the_shares_of_clients_come_to_the_same_noise_on_their_mean():
    defense, turn = DPFedAvg(noise_multiplier=1.5, clip=0.4, noise="clients"), Turn(SCHEDULE, Share(50, 3), NOTHING)
    sent = [defense.in_turn(turn).on_update(NOTHING, Stream(client)("noise"))["a.weight"] for client in range(100)]
    assert float(np.std(sent[0])) == pytest.approx(1.5 * 0.4 / 10, rel=0.01)
    assert float(np.std(np.mean(sent, axis=0))) == pytest.approx(1.5 * 0.4 / 100, rel=0.01)
    assert same(defense.on_mean(NOTHING, NOTHING, SCHEDULE, STREAM), NOTHING)


def test_a_norm_follows_its_quantile_and_updates_pay_for_the_noise_of_the_bits():
    """Bits 1, 1, 0 - 0.5 have the mean 1/6: log S <- log S - 0.3 / 6, along whatever step the server takes."""
    adaptive = AdaptiveClip(rate=0.3)
    defense = DPFedAvg(noise_multiplier=0.0, clip=2.0, adaptive=adaptive)
    schedule = Schedule(clients=9, cohort=3, rounds=5, batch_size=20, rate=0.1)
    broadcast = {"a.weight": np.zeros(4, np.float32), **defense.beside(MLP(), 5, STREAM)}
    turn = Turn(schedule, Share(50, 3), broadcast)
    updates = [{"a.weight": np.full(4, size, np.float32), NORM: np.zeros(1, np.float32)} for size in (0.5, 1.0, 3.0)]
    sent = [defense.in_turn(turn).on_update(update, STREAM) for update in updates]
    assert [float(one[NORM][0]) for one in sent] == [0.5, 0.5, -0.5]
    assert [float(np.linalg.norm(one["a.weight"])) for one in sent] == pytest.approx([1.0, 2.0, 2.0])
    mean = {name: np.mean([one[name] for one in sent], axis=0) for name in sent[0]}
    moved = 0.1 * defense.on_mean(mean, broadcast, schedule, STREAM)[NORM]
    assert float(broadcast[NORM][0] - moved[0]) == pytest.approx(math.log(2.0) - 0.3 / 6, rel=1e-5)
    assert adaptive.of_updates(1.2, 3) ** -2 + (2 * adaptive.deviation(1.2, 3)) ** -2 == pytest.approx(1.2**-2)
    assert adaptive.deviation(1.2, 100) == 5.0


def test_bits_with_too_little_noise_are_refused():
    defense = DPFedAvg(noise_multiplier=2.0, clip=1.0, adaptive=AdaptiveClip(bit_noise=1.0))
    with pytest.raises(ConfigError, match=r"dp_fedavg.adaptive.bit_noise: 1 leaves no noise to updates .*above 1"):
        defense.on_mean(NOTHING, NOTHING, SCHEDULE, STREAM)


def test_a_target_becomes_opacus_noise_and_is_told_again():
    defense = DPFedAvg(epsilon=5.0, delta=5e-4, clip=1.0)
    models, server = defense.guarantees(SCHEDULE, {Share(50, 3): 24})
    assert models.noise == noise_for(5.0, 0.1, 200, 5e-4, "rdp") and 4.98 < models.epsilon <= 5.0
    assert (models.rate, models.steps, models.against) == (0.1, 200, "all who see only models")
    assert server.epsilon == math.inf and server.against == "the server"


def test_single_updates_of_clients_who_add_noise_are_told_of_as_what_they_are():
    """z = 2, m = 100: an update has 0.2 S of noise, another is 2 S away, so that z is 0.1, in each of 24 rounds."""
    sums, single = DPFedAvg(noise_multiplier=2.0, clip=1.0, noise="clients").guarantees(SCHEDULE, {Share(50, 3): 24})
    assert single.noise == pytest.approx(0.1) and (single.rate, single.steps) == (1.0, 24)
    assert sums.epsilon < 3 and single.epsilon > 1000


def test_delta_is_below_one_over_the_clients_by_itself():
    (models, _) = DPFedAvg(noise_multiplier=1.0, clip=1.0).guarantees(SCHEDULE, {})
    assert models.delta == pytest.approx(1000**-1.1)
    (told,) = DPSGD(noise_multiplier=1.0).guarantees(SCHEDULE, {Share(5000, 250): 3})
    assert told.delta == pytest.approx(5000**-1.1)


def test_each_client_has_the_noise_of_its_own_rate_and_steps():
    defense, few, many = DPSGD(epsilon=8.0, clip=0.5), Share(15, 1), Share(200, 10)
    delta = 1000**-1.1
    assert defense.on_gradient(SCHEDULE, few).deviation == 0.5 * noise_for(8.0, 1.0, 20, delta, "rdp")
    assert defense.on_gradient(SCHEDULE, many).deviation == 0.5 * noise_for(8.0, 0.1, 200, delta, "rdp")
    (told,) = defense.guarantees(SCHEDULE, {few: 20, many: 31})
    assert told.epsilon > 8.0 and (told.rate, told.steps) == (0.1, 310)  # who was drawn more often has spent more
    (kept,) = defense.guarantees(SCHEDULE, {few: 20, many: 20})
    assert 7.9 < kept.epsilon <= 8.0


@pytest.mark.parametrize("padded", [0, 3])
def test_clipped_examples_are_those_of_autograd(padded):
    """Each example's gradient by a backward pass of its own, clipped and averaged, against norms from deltas."""
    model, task, size = MLP(hidden=(7, 5), dropout=(0.4, 0.0)), Classification(), 6
    network = model.build(9, 4, STREAM.torch())
    x, y = torch.randn(size, 9, generator=Stream(1).torch()), torch.tensor([0, 1, 2, 3, 1, 0])
    losses = task.losses(network, x, y, Stream(2).torch())
    each = [
        torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(network.parameters()), retain_graph=True)])
        for loss in losses
    ]
    norms = torch.stack([gradient.norm() for gradient in each])
    bound = float(norms.median())
    expected = torch.stack([g / max(1.0, float(g.norm()) / bound) for g in each]).mean(dim=0)
    assert (norms > bound).any() and (norms < bound).any()

    flat = torch.cat([parameter.detach().flatten() for parameter in network.parameters()])
    gradient = torch.zeros_like(flat)
    kernel = model.kernel(Layout.of(parameters(network)), flat, gradient, "float32")
    more = torch.cat([x, x[:padded]]), torch.cat([y, y[:padded]])
    weights = torch.cat([torch.full((size,), 1 / size), torch.zeros(padded)])
    masks = Stream(2).torch()

    def dropped(hidden, rate):
        return torch.cat([drop(hidden[:size], rate, masks), hidden[size:]])

    kernel.backward(*more, weights, dropped, task.residual, norm=bound)
    assert torch.allclose(gradient, expected, atol=1e-6)
    kernel.backward(*more, weights, lambda hidden, rate: hidden, task.residual, norm=1e-3)
    assert gradient.norm() <= 1e-3 * (1 + 1e-5)


def test_batch_normalisation_is_refused():
    network = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
    for defense in (UserDP(epsilon=5.0), DPSGD(epsilon=5.0), DPFedAvg(epsilon=5.0, clip=1.0)):
        with pytest.raises(ConfigError, match="layers that normalise over the batch have no private gradient: 1 "):
            defense.check_network(network)
        defense.check_network(nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3)))
    Noise(sigma=1.0).check_network(network)


@pytest.mark.parametrize("defense", [DPSGD(epsilon=5.0, delta=0.1), DPFedAvg(epsilon=5.0, delta=0.1, clip=1.0)])
def test_a_delta_of_one_over_the_clients_is_refused(defense):
    with pytest.raises(ConfigError) as caught:
        simulation(defense).schedule(10)
    assert str(caught.value) == (
        f"defenses: {defense.name}.delta: 0.1, but there are 10 clients (choose one below 0.1, or none for the default)"
    )
    assert simulation(defense).schedule(9) == Schedule(9, 1, 20, 20, 0.1)
    assert simulation(UserDP(epsilon=5.0)).schedule(10)  # as published


@pytest.mark.parametrize(
    ("defenses", "text"),
    [
        ((UserDP(epsilon=5.0), DPSGD(epsilon=5.0)), "user_dp and dp_sgd each promise an epsilon"),
        ((DPSGD(epsilon=5.0), Soteria(share=0.5)), "dp_sgd sends is private of the inputs, and soteria looks at them"),
        ((DPFedAvg(epsilon=5.0, clip=1.0), Noise(sigma=0.1)), "noise after dp_fedavg may lengthen an update"),
        (
            (Balance(), DPSGD(epsilon=5.0)),
            "dp_sgd counts on batches in which an utterance stands once, and balance rep",
        ),
        (
            (DPSGD(epsilon=5.0), Unlearning(strength=0.5, head="shared")),
            "dp_sgd bounds the gradients of the task's loss by example",
        ),
    ],
)
def test_what_cannot_be_composed_is_refused(defenses, text):
    with pytest.raises(ValidationError, match=text):
        simulation(*defenses)


def test_what_may_be_composed_is_not():
    assert simulation(Prune(share=0.5), DPFedAvg(epsilon=5.0, clip=1.0), algorithm=FedAvg()).defenses
    assert simulation(DPSGD(epsilon=5.0), Prune(share=0.5)).defenses
