"""Passes by hand, piece by piece, against PyTorch's autograd over the module: the same losses, gradients and steps."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from attacks.cnn.arithmetic import arithmetic
from attacks.cnn.attack import PAPER, Cnn
from attacks.cnn.network import LayerNetwork
from attacks.cnn.passes import Passes
from attacks.cnn.pools import HIDDEN, LAST, WIDE, default_pools, last_map
from attacks.cnn.settings import Convolution, Pool
from attacks.cnn.training import machinery_of
from fedser.seeds import Stream

CPU = torch.device("cpu")
RELATIVE = 2e-5
"""Of the largest element of all gradients (at least 0.1, since where they cancel rounding is all there is)."""


def batch_of(shape: tuple[int, int], size: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    draws = Stream(seed)("batch").torch()
    weight, bias = torch.randn(size, *shape, generator=draws), torch.randn(size, shape[0], generator=draws)
    return weight, bias, torch.randint(0, 2, (size,), generator=draws)


def network_of(shape, convolutions=PAPER, pools=WIDE, hidden=(8,), dropout=0.2) -> LayerNetwork:
    network = LayerNetwork(shape, convolutions, pools, hidden, 2, dropout, Stream(1).torch())
    return network.on(CPU, "float32")


def assert_same_gradients(found: LayerNetwork, right: LayerNetwork) -> None:
    largest = max(0.1, *(float(parameter.grad.abs().max()) for parameter in right.parameters()))
    for (name, one), other in zip(found.named_parameters(), right.parameters(), strict=True):
        assert (one.grad - other.grad).abs().max() <= RELATIVE * largest, name


def assert_as_autograd(network: LayerNetwork, right: LayerNetwork, batch, masks: bool, passes: Passes) -> None:
    weight, bias, labels = batch
    loss = passes.backward(weight, bias, labels, Stream(2).torch() if masks else None)
    expected = cross_entropy(right(weight, bias, Stream(2).torch() if masks else None), labels)
    expected.backward()
    torch.testing.assert_close(loss, expected.detach(), rtol=1e-5, atol=1e-6)
    assert_same_gradients(network, right)


@pytest.mark.parametrize(
    ("shape", "pools"), [((64, 130), WIDE), ((32, 64), HIDDEN), ((4, 128), LAST)], ids=["first", "second", "last"]
)
@pytest.mark.parametrize("piece", [1, 2**12, 2**30])
def test_the_papers_layers_whatever_the_pieces(shape, pools, piece, monkeypatch):
    monkeypatch.setattr("attacks.cnn.front.PIECE", piece)
    network, right = network_of(shape, pools=pools), network_of(shape, pools=pools)
    assert_as_autograd(network, right, batch_of(shape, 5), True, Passes(network, CPU, "float32", 5))


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_share_a_batch_and_repeat_themselves(threads):
    shape, batch, found = (64, 130), batch_of((64, 130), 7), []
    with arithmetic(Cnn(device="cpu", threads=threads)):
        for _ in range(2):
            network, right = network_of(shape), network_of(shape)
            assert_as_autograd(network, right, batch, True, Passes(network, CPU, "float32", 7))
            found.append([parameter.grad for parameter in network.parameters()])
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


sides = st.integers(1, 3)
pools_of_a_stage = st.none() | st.builds(Pool, kernel=st.tuples(sides, sides), stride=st.tuples(sides, sides))
stages = st.lists(
    st.tuples(st.builds(Convolution, filters=st.integers(1, 3), kernel=st.sampled_from([1, 3, 5])), pools_of_a_stage),
    min_size=1,
    max_size=3,
)


@settings(max_examples=50, deadline=None)
@given(
    stages,
    st.integers(-1, 2),
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
    st.integers(2, 5),
    st.sampled_from([0.0, 0.2, 0.5]),
    st.sampled_from([1, 2**10, 2**30]),
)
def test_any_network(stages, normalised, shape, size, dropout, piece):
    convolutions = tuple(
        conv.model_copy(update={"batch_norm": place == normalised}) for place, (conv, _) in enumerate(stages)
    )
    pools = tuple(pool for _, pool in stages)
    if min(last_map(shape, pools)) < 1:
        pools = tuple(None for _ in pools)
    pair = [network_of(shape, convolutions, pools, (3,), dropout) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("attacks.cnn.front.PIECE", piece)
        passes = Passes(pair[0], CPU, "float32", 5)
    for network in pair:
        network.train()
    assert_as_autograd(*pair, batch_of(shape, size), dropout > 0, passes)
    for network in pair:
        network.eval()
    weight, bias, _ = batch_of(shape, size, seed=1)
    torch.testing.assert_close(passes.logits(weight, bias), pair[1](weight, bias).detach(), rtol=1e-4, atol=1e-5)


def test_the_first_of_equal_maxima_takes_the_gradient():
    """A layer of dead neurons is constant over whole rows, where every window of a pool is a tie."""
    network, right = (
        network_of((16, 40), pools=(Pool.square(2),) * 3),
        network_of((16, 40), pools=(Pool.square(2),) * 3),
    )
    weight, bias, labels = batch_of((16, 40), 4)
    weight[:, 3:9] = 0.25
    assert_as_autograd(network, right, (weight, bias, labels), True, Passes(network, CPU, "float32", 4))


def test_twenty_steps_end_at_the_same_weights():
    """Fused steps on gradients by hand against plain Adam on those of autograd: losses, weights, running moments."""
    cnn = Cnn(hidden=(16,))
    pools = default_pools("dense1", {"dense1.weight": (32, 70), "dense2.weight": (4, 32)}, 3)
    network, right = network_of((32, 70), pools=pools), network_of((32, 70), pools=pools)
    passes, optimizer = Passes(network, CPU, "float32", 20), machinery_of(network, cnn).optimizer
    plain = torch.optim.Adam(right.parameters(), lr=1e-4, betas=(0.9, 0.98), eps=1e-9, weight_decay=1e-4, foreach=False)
    start = [parameter.detach().clone() for parameter in right.parameters()]
    for step in range(20):
        weight, bias, labels = batch_of((32, 70), 20 if step % 3 else 7, seed=step)
        optimizer.zero_grad()
        loss = passes.backward(weight, bias, labels, Stream(step).torch())
        optimizer.step()
        plain.zero_grad()
        expected = cross_entropy(right(weight, bias, Stream(step).torch()), labels)
        expected.backward()
        plain.step()
        torch.testing.assert_close(loss, expected.detach(), rtol=1e-4, atol=0)
    for one, other, first in zip(network.parameters(), right.parameters(), start, strict=True):
        assert (one - other).norm() < 1e-2 * (other - first).norm()
    for one, other in zip(network.buffers(), right.buffers(), strict=True):
        # Of weights that have drifted apart, as much as the processor's rounding and twenty steps of Adam make of it.
        assert (one - other).float().norm() < 1e-3 * other.float().norm()


def test_half_precision_is_that_of_autocast():
    shape = (64, 130)
    network, right, exact = (network_of(shape) for _ in range(3))
    weight, bias, labels = batch_of(shape, 20)
    passes = Passes(network, CPU, "bf16", 20)
    loss = passes.backward(weight, bias, labels, Stream(2).torch())
    with torch.autocast("cpu", torch.bfloat16):
        logits = right(weight, bias, Stream(2).torch())
    expected = cross_entropy(logits.float(), labels)
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-3)
    for one, other in zip(network.parameters(), right.parameters(), strict=True):
        assert one.dtype == one.grad.dtype == torch.float32
        assert (one.grad - other.grad).norm() < 1e-2 * other.grad.norm() + 1e-4
    whole = cross_entropy(exact(weight, bias, Stream(2).torch()), labels).item()
    assert loss.item() != whole and loss.item() == pytest.approx(whole, rel=0.02)
    with torch.no_grad():
        for parameter in [*network.parameters(), *right.parameters()]:
            parameter.mul_(2)  # as an optimiser changes them: the next pass takes them as they are then
    found = passes.logits(weight, bias)
    assert found.dtype == torch.float32
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(found, right(weight, bias).float(), rtol=5e-2, atol=1e-2)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-3), ("tf32", 2e-2), ("bf16", 0.2)])
def test_a_gpu_computes_the_same(precision, tolerance):
    gpu, shape = torch.device("cuda"), (64, 130)
    right, found = network_of(shape), network_of(shape).on(gpu, precision)
    weight, bias, labels = batch_of(shape, 20)
    expected = Passes(right, CPU, "float32", 20).backward(weight, bias, labels, Stream(2).torch())
    with torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=precision == "tf32"):
        passes = Passes(found, gpu, precision, 20)
        loss = passes.backward(weight.to(gpu), bias.to(gpu), labels.to(gpu), Stream(2).torch())
    assert loss.item() == pytest.approx(expected.item(), rel=tolerance)
    for one, other in zip(found.parameters(), right.parameters(), strict=True):
        assert (one.grad.cpu() - other.grad).norm() < tolerance * other.grad.norm() + 1e-3
