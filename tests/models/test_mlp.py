"""The MLP against torch's own layers: the same weights from the same generator, the same logits."""

import math

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import nn

from fedser.models import MLP, ModelConfig
from fedser.models.mlp import drop
from fedser.models.parameters import gradients, load, parameters
from fedser.seeds import Stream


def generator(seed=3):
    return torch.Generator().manual_seed(seed)


def sequential(network):
    layers = [part for layer in network.children() for part in (layer, nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def test_the_papers_model():
    shapes = {name: array.shape for name, array in parameters(MLP().build(988, 4, generator())).items()}
    assert shapes == {
        "dense1.weight": (256, 988),
        "dense1.bias": (256,),
        "dense2.weight": (128, 256),
        "dense2.bias": (128,),
        "dense3.weight": (4, 128),
        "dense3.bias": (4,),
    }
    assert next(iter(shapes)) == "dense1.weight" and sum(math.prod(shape) for shape in shapes.values()) == 286_596


def test_weights_are_drawn_as_torch_draws_them():
    torch.manual_seed(11)
    plain = [nn.Linear(7, 6), nn.Linear(6, 5), nn.Linear(5, 3)]
    network = MLP(hidden=(6, 5)).build(7, 3, generator(11))
    for layer, own in zip(plain, network.children(), strict=True):
        assert torch.allclose(own.weight, layer.weight, rtol=1e-6) and torch.allclose(own.bias, layer.bias, rtol=1e-6)


def test_the_generator_decides_the_weights_and_no_other_is_touched():
    state = torch.get_rng_state()
    one, two, other = (parameters(MLP().build(9, 4, generator(seed))) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(one[name].tobytes() == two[name].tobytes() for name in one)
    assert not any(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("hidden", [(6,), (6, 5), (6, 5, 4)])
def test_logits_are_those_of_a_sequential(hidden):
    network = MLP(hidden=hidden, dropout=(0.5,) * len(hidden)).build(7, 3, generator())
    x = torch.randn(10, 7, generator=generator())
    assert torch.equal(network(x), sequential(network)(x)) and network(x).shape == (10, 3)


def test_dropout_acts_with_a_generator_only_and_follows_it():
    network = MLP(hidden=(60, 50), dropout=(0.5, 0.5)).build(7, 3, generator())
    x = torch.randn(10, 7, generator=generator())
    assert torch.equal(network(x, None), network.train()(x)) and torch.equal(network(x), network.eval()(x))
    assert torch.equal(network(x, generator(1)), network(x)), "what stays on at evaluation is nothing by default"
    network.train()
    assert torch.equal(network(x, generator(1)), network(x, generator(1)))
    assert not torch.equal(network(x, generator(1)), network(x, generator(2)))
    assert not torch.equal(network(x, generator(1)), network(x))


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.6])
def test_drop_zeroes_its_share_and_keeps_the_mean(rate):
    x = torch.ones(400, 400)
    found = drop(x, rate, generator())
    assert (found == 0).double().mean().item() == pytest.approx(rate, abs=0.005)
    assert found.mean().item() == pytest.approx(1, abs=0.01)
    kept = found[found != 0]
    assert torch.allclose(kept, torch.full_like(kept, 1 / (1 - rate))) and torch.equal(x, torch.ones(400, 400))


def test_each_layer_has_its_own_rate():
    network = MLP(hidden=(500, 4), dropout=(0.6, 0.0)).build(3, 2, generator())
    with torch.no_grad():
        network.dense1.weight.zero_()
        network.dense1.bias.fill_(1.0)
        network.dense2.weight.fill_(1 / 500)
        network.dense2.bias.zero_()
    hidden = []
    handle = network.dense2.register_forward_hook(lambda module, inputs, output: hidden.append(inputs[0]))
    network(torch.zeros(200, 3), generator())
    handle.remove()
    assert (hidden[0] == 0).double().mean().item() == pytest.approx(0.6, abs=0.01)
    assert torch.allclose(hidden[0].max(), torch.tensor(2.5))


def test_dropout_that_stays_on_at_evaluation_is_that_of_its_layer_alone():
    """Layer 1 drops in training only; layer 2 in both, and its half of the units is what is missing."""
    model = MLP(hidden=(6, 400), dropout=(0.9, 0.5), dropout_at_evaluation=(2,))
    network, seen = model.build(3, 2, generator()).eval(), []
    network.dense1.bias.data.fill_(5.0)
    network.dense2.weight.data.zero_()
    network.dense2.bias.data.fill_(1.0)
    network.dense2.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    network.dense3.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    network(torch.zeros(50, 3), generator())
    assert (seen[0] > 0).all() and (seen[1] == 0).double().mean().item() == pytest.approx(0.5, abs=0.02)
    assert model.drops_at_evaluation and model.with_dropout(0.4, 1).dropout_at_evaluation == (2,)
    assert not MLP(dropout=(0.2, 0.0), dropout_at_evaluation=(2,)).drops_at_evaluation


def test_parameters_are_copies_and_load_puts_them_back():
    network, x = MLP(hidden=(6, 5)).build(7, 3, generator()), torch.ones(2, 7)
    before, logits = parameters(network), network(x)
    kept = {name: array.copy() for name, array in before.items()}
    network(x).sum().backward()
    assert list(gradients(network)) == list(before)
    load(network, {name: array + 1 for name, array in before.items()})
    assert not any(array.any() for array in gradients(network).values()) and not torch.equal(network(x), logits)
    assert all(np.array_equal(before[name], kept[name]) for name in kept)
    load(network, before)
    assert torch.equal(network(x), logits)


def test_read_only_and_strided_arrays_are_loaded():
    network = MLP(hidden=(6,), dropout=(0.0,)).build(7, 3, generator())
    arrays = {name: np.asfortranarray(array + 2) for name, array in parameters(network).items()}
    for array in arrays.values():
        array.flags.writeable = False
    load(network, arrays)
    assert all(np.array_equal(array, arrays[name]) for name, array in parameters(network).items())


def test_gradients_are_copies():
    network = MLP(hidden=(6, 5)).build(7, 3, generator())
    network(torch.ones(2, 7)).sum().backward()
    kept = gradients(network)
    before = {name: array.copy() for name, array in kept.items()}
    network(torch.ones(2, 7)).sum().backward()
    assert all(np.array_equal(kept[name], before[name]) for name in kept)


def test_another_dropout_keeps_the_widths():
    model = MLP(hidden=(6, 5), dropout=(0.1, 0.2))
    assert model.with_dropout(0.7, 2) == MLP(hidden=(6, 5), dropout=(0.1, 0.7))
    assert model.dropout == (0.1, 0.2)
    with pytest.raises(ValueError, match=r"^no hidden layer 0 \(choose from 1 to 2\)$"):
        model.with_dropout(0.7, 0)


def test_it_describes_itself_and_survives_json():
    adapter = TypeAdapter(ModelConfig)
    model = MLP(hidden=(6, 5), dropout=(0.1, 0.2))
    assert adapter.validate_json(adapter.dump_json(model)) == model
    assert model.summary() and model.source


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"dropout": (0.2,)}, "dropout: 1 rates for 2 hidden layers; give one each"),
        ({"dropout": (0.2, 1.0)}, "dropout: rates are at least 0 and below 1, got [0.2, 1.0]"),
        ({"dropout_at_evaluation": (2, 3)}, "dropout_at_evaluation: layers are from 1 to 2, got 2, 3"),
        ({"hidden": (4, 0)}, "hidden: widths are at least 1, got [4, 0]"),
        ({"hidden": (), "dropout": ()}, "at least 1 item"),
    ],
)
def test_impossible_models_are_refused(settings, text):
    with pytest.raises(ValidationError) as caught:
        MLP(**settings)
    assert text in str(caught.value)


def test_streams_give_independent_networks():
    one, other = (parameters(MLP().build(20, 4, Stream(1)("init", name).torch())) for name in ("a", "b"))
    assert abs(np.corrcoef(one["dense1.weight"].ravel(), other["dense1.weight"].ravel())[0, 1]) < 0.05
