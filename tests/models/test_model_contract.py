"""What every model owes, whatever it reads; and what those of frames owe of padding."""

from typing import get_args

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import nn

from fedser.models import GRU, LSTM, MLP, AttentionCNN, ModelConfig
from fedser.models.frames import Frames, parted, trimmed
from fedser.models.parameters import gradients, load, parameters
from fedser.updates.update import layers_of

FEATURES, CLASSES, LENGTHS = 6, 3, (9, 1, 14, 4)
MODELS = [
    MLP(hidden=(5, 4)),
    GRU(width=4, attention=3, hidden=(5,)),
    GRU(width=3, layers=2, bidirectional=False, pooling="average", hidden=(5,)),
    LSTM(width=4, attention=3, hidden=(5, 4), dropout=(0.2, 0.3)),
    LSTM(width=3, layers=2, pooling="self", attention=3, hidden=(5,)),
    AttentionCNN(convolutions=2, channels=3, kernel_size=3, attention=4, hidden=(5,), dropout=(0.3,)),
    AttentionCNN(convolutions=3, channels=2, pool=(2, 2), pooling="query", attention=4, hidden=(5,), dropout=(0.3,)),
    AttentionCNN(convolutions=1, channels=4, kernel_size=7, pool=(3, 4), pooling="average", hidden=(16, 8)),
]
FRAMED = [model for model in MODELS if model.framed]

each = pytest.mark.parametrize("model", MODELS, ids=repr)
framed = pytest.mark.parametrize("model", FRAMED, ids=repr)


def generator(seed=1):
    return torch.Generator().manual_seed(seed)


def built(model, seed=1):
    return model.build(FEATURES, CLASSES, generator(seed))


def frames(seed=0):
    rng, offsets = np.random.default_rng(seed), np.cumsum([0, *LENGTHS])
    return Frames(rng.normal(size=(offsets[-1], FEATURES)).astype(np.float32), offsets)


def batch(model, chosen=slice(None)):
    """Of a model of vectors, the mean frames."""
    return torch.from_numpy(frames()[chosen] if model.framed else frames().means()[chosen])


def test_every_model_is_examined():
    assert {type(model) for model in MODELS} == set(get_args(get_args(ModelConfig)[0]))


@each
class TestEveryModel:
    def test_it_describes_itself_and_survives_json(self, model):
        adapter = TypeAdapter(ModelConfig)
        assert adapter.validate_json(adapter.dump_json(model)) == model
        assert model.summary() and model.source

    def test_the_generator_decides_the_weights_and_no_other_is_touched(self, model):
        state = torch.get_rng_state()
        one, two, other = (parameters(built(model, seed)) for seed in (1, 1, 2))
        assert torch.equal(torch.get_rng_state(), state)
        assert all(one[name].tobytes() == two[name].tobytes() for name in one)
        assert not any(np.array_equal(one[name], other[name]) for name in one if one[name].any())

    def test_logits_follow_the_arrays_alone(self, model):
        one, other = built(model).eval(), built(model, 2).eval()
        assert one(batch(model)).shape == (len(LENGTHS), CLASSES)
        assert not torch.equal(one(batch(model)), other(batch(model)))
        load(other, parameters(one))
        assert torch.equal(one(batch(model)), other(batch(model)))

    def test_every_array_is_of_a_layer_and_the_loss_depends_on_each(self, model):
        network = built(model)
        nn.functional.cross_entropy(network(batch(model)), torch.tensor([0, 1, 2, 0])).backward()
        assert all(np.abs(gradient).max() > 0 for gradient in gradients(network).values())
        assert all(name.rpartition(".")[2] in ("weight", "bias") for name in parameters(network))

    def test_its_last_layers_are_the_dense_ones_that_it_names(self, model):
        network, count = built(model), len(model.hidden)
        assert layers_of(parameters(network))[-count - 1 :] == (*model.hidden_layers, f"dense{count + 1}")
        widths = [network.get_submodule(name).out_features for name in model.hidden_layers]
        assert tuple(widths) == model.hidden

    def test_dropout_acts_in_training_with_a_generator_only_and_follows_it(self, model):
        network, x = built(model.with_dropout(0.5, 1)), batch(model)
        assert torch.equal(network.train()(x), network.eval()(x)) and torch.equal(network(x, generator()), network(x))
        network.train()
        assert torch.equal(network(x, generator(5)), network(x, generator(5)))
        assert any(not torch.equal(network(x, generator(seed)), network(x)) for seed in range(5))

    def test_a_hidden_layer_that_is_not_there_gets_no_dropout(self, model):
        assert model.with_dropout(0.7, len(model.hidden)).dropout[-1] == 0.7
        with pytest.raises(ValueError, match=f"no hidden layer {len(model.hidden) + 1}"):
            model.with_dropout(0.5, len(model.hidden) + 1)

    def test_rates_are_as_many_as_layers(self, model):
        fields = model.model_dump() | {"dropout": (0.2,) * 3}
        with pytest.raises(ValidationError, match="dropout: 3 rates for"):
            type(model)(**fields)

    def test_nothing_in_is_nothing_out(self, model):
        assert built(model).eval()(batch(model, slice(0))).shape == (0, CLASSES)

    def test_it_learns(self, model):
        """Enough for three classes that differ in every frame."""
        rows = frames().rows + 2 * np.repeat(np.eye(len(LENGTHS), FEATURES), LENGTHS, axis=0)
        given = Frames(rows.astype(np.float32), frames().offsets)
        x, y = torch.from_numpy(given[:] if model.framed else given.means()), torch.tensor([0, 1, 2, 0])
        network = built(model)
        adam = torch.optim.Adam(network.parameters(), lr=0.05)
        for _ in range(60):
            adam.zero_grad()
            loss = nn.functional.cross_entropy(network(x), y)
            loss.backward()
            adam.step()
        assert loss.item() < 0.4  # of log 3 at chance


@framed
class TestEveryModelOfFrames:
    def test_a_padded_utterance_scores_as_the_unpadded_one(self, model):
        network = built(model).eval()
        alone = torch.cat([network(batch(model, slice(place, place + 1))) for place in range(len(LENGTHS))])
        assert torch.allclose(network(batch(model)), alone, rtol=1e-5, atol=1e-6)

    def test_what_lies_in_the_padding_does_not_matter(self, model):
        network, x = built(model).eval(), batch(model)
        longer = torch.cat([x, torch.zeros(len(x), 7, FEATURES + 1)], dim=1)
        assert torch.allclose(network(longer), network(x), rtol=1e-5, atol=1e-6)

    def test_nor_does_it_for_what_is_learnt(self, model):
        y, found = torch.tensor([0, 1, 2, 0]), []
        for x in (batch(model), torch.cat([batch(model), torch.zeros(4, 5, FEATURES + 1)], dim=1)):
            network = built(model)
            nn.functional.cross_entropy(network(x), y).backward()
            found.append(gradients(network))
        assert all(np.allclose(found[0][name], found[1][name], rtol=1e-4, atol=1e-6) for name in found[0])

    def test_weights_are_a_distribution_over_an_utterances_own_steps(self, model):
        features, weights = built(model).found(batch(model))
        assert len(features) == len(LENGTHS) and torch.allclose(weights.sum(dim=1), torch.ones(len(LENGTHS)))
        steps = weights.shape[1] / max(LENGTHS)
        for own, length in zip(weights, LENGTHS, strict=True):
            assert (own[int(np.ceil(length * steps) + 1) :] == 0).all() and own[0] > 0

    def test_every_frame_counts(self, model):
        network = built(model).eval()
        x = batch(model)
        for place, length in enumerate(LENGTHS):
            changed = x.clone()
            changed[place, length - 1, :-1] += 3
            apart = (network(changed) - network(x)).abs().max(dim=1).values
            assert apart[place] > 1e-6 and (apart[[other for other in range(4) if other != place]] < 1e-6).all()


def test_a_batch_is_padded_at_the_ends_and_says_where():
    given = Frames(np.arange(12, dtype=np.float32).reshape(6, 2), np.array([0, 1, 4, 6]))
    assert given.shape == (3, 2) and len(given) == 3 and given.lengths.tolist() == [1, 3, 2]
    assert given[np.array([2, 0])].tolist() == [[[8, 9, 1], [10, 11, 1]], [[0, 1, 1], [0, 0, 0]]]
    assert given[1:2].tolist() == [[[2, 3, 1], [4, 5, 1], [6, 7, 1]]]
    assert given.means().tolist() == [[0, 1], [4, 5], [9, 10]]
    x, there = parted(torch.from_numpy(given[:]))
    assert x.shape == (3, 3, 2) and there.tolist() == [[True, False, False], [True, True, True], [True, True, False]]
    assert trimmed(torch.from_numpy(given[:])[[0, 2]]).shape == (2, 2, 3)


@pytest.mark.parametrize("kind", [GRU, LSTM])
@pytest.mark.parametrize("layers", [1, 2])
def test_recurrent_layers_are_torchs(kind, layers):
    """On utterances of one length, with the weights of the module of that name."""
    model = kind(width=4, layers=layers, pooling="average", hidden=(5,))
    network = built(model)
    plain = getattr(nn, kind.__name__)(FEATURES, 4, layers, batch_first=True, bidirectional=True)
    own = {"input": "ih", "state": "hh", "forward": "", "backward": "_reverse"}
    arrays = parameters(network)
    for name in arrays:
        way, _, rest = name.partition(".")
        if way.startswith(("forward", "backward")):
            direction, number = way[:-1], int(way[-1]) - 1
            part, field = rest.split(".")
            target = getattr(plain, f"{field}_{own[part]}_l{number}{own[direction]}")
            assert target.shape == arrays[name].shape
            target.data.copy_(torch.from_numpy(arrays[name]))
    x = torch.randn(3, 8, FEATURES, generator=generator())
    there = torch.ones(3, 8, 1)
    expected = plain(x)[0].mean(dim=1)
    assert torch.allclose(network.found(torch.cat([x, there], dim=2))[0], expected, atol=1e-6)


def test_attention_by_hand():
    """Equations 1 to 5 for one utterance of two steps with one feature, and all of width one."""
    from fedser.models.attention import pooled_by

    x, there = torch.tensor([[[1.0], [3.0]]]), torch.tensor([[True, True]])
    query = pooled_by("query", 1, 1, generator())
    for name, value in {"key": 0.5, "value": 2.0, "query": 1.0}.items():
        query.get_submodule(name).weight.data.fill_(value)
    # Keys 0.5 and 1.5, values 2 and 6, and q = 1: the second step's weight is e / (1 + e).
    second = np.e / (1 + np.e)
    found, weights = query(x, there)
    assert np.allclose(weights.tolist(), [[1 - second, second]]) and np.isclose(found.item(), 2 + 4 * second)
    own = pooled_by("self", 1, 1, generator())
    for name, value in {"key": 0.5, "value": 2.0, "query": 1.0}.items():
        own.get_submodule(name).weight.data.fill_(value)
    # Queries 1 and 3: the first step gives the second e / (1 + e), the second one e^3 / (1 + e^3); their mean counts.
    mean = (second + np.e**3 / (1 + np.e**3)) / 2
    found, weights = own(x, there)
    assert np.allclose(weights.tolist(), [[1 - mean, mean]]) and np.isclose(found.item(), 2 + 4 * mean)


def test_the_papers_network():
    shapes = {name: array.shape for name, array in parameters(AttentionCNN().build(40, 2, generator())).items()}
    assert [shapes[f"conv{number}.weight"] for number in range(1, 5)] == [(32, 1, 5, 5), *[(32, 32, 5, 5)] * 3]
    assert shapes["attention.key.weight"] == (128, 32 * 40) and shapes["dense3.weight"] == (2, 256)
    drawn = parameters(AttentionCNN().build(40, 2, generator()))["conv2.weight"]
    assert np.isclose(drawn.std(), np.sqrt(2 / (32 * 25)), rtol=0.05), "Kaiming's"


@pytest.mark.parametrize(("setting", "said"), [({"kernel_size": 4}, "no middle"), ({"pool": (0, 1)}, "at least 1")])
def test_what_makes_no_map_is_refused(setting, said):
    with pytest.raises(ValidationError, match=said):
        AttentionCNN(**setting)
