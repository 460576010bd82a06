"""Explanations of a small random transformer: complete where they claim to be, and right where it can be said."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from fedser.features.encoders.text import TextEncoder
from fedser.seeds import Stream
from simulations.families import members
from simulations.text.explain import IntegratedGradients, MethodConfig
from simulations.text.explaining import _asked, explained, sampled
from simulations.text.inputs import fresh_encoder
from simulations.text.study import TextStudy, Training
from simulations.text.texts import Texts
from simulations.text.training import Network

SAID = ("I love unbelievable joy", "No.", "What a joyful, glad day it is for me, and for you too.")
METHODS = [method() for method in members(MethodConfig)]


def network_of(encoder: TextEncoder) -> Network:
    return Network.begun(fresh_encoder(encoder), 16, Training(hidden=8), Stream(2))


@pytest.fixture
def texts() -> Texts:
    labels, values = np.array([2, 0, 2]), np.array([0, 1, 1])
    return Texts("c", ("a", "b", "c"), SAID, labels, values, ("x", "y", "z"))


@pytest.fixture(params=["bert", "distilbert", "roberta"])
def encoder(request: pytest.FixtureRequest, tmp_path: Path, small_models: ModuleType) -> TextEncoder:
    return TextEncoder(model=str(small_models.save_text(tmp_path / "model", request.param)))


def study_of(encoder: TextEncoder, methods: list[object]) -> TextStudy:
    explain = {"methods": [method.model_dump() for method in methods]}  # type: ignore[attr-defined]
    return TextStudy.model_validate(
        {
            "name": "x",
            "corpus": {"name": "isear", "corpus": "isear"},
            "encoder": encoder.model_dump(),
            "models": ({"name": "general"},),
            "explain": {"methods": tuple(explain["methods"])},
        }
    )


def test_integrated_gradients_are_complete(encoder: TextEncoder, texts: Texts) -> None:
    network = network_of(encoder)
    for module in network.modules:
        module.eval()
    asked, _ = _asked(encoder, network, texts)
    told = IntegratedGradients(steps=64).explain(asked)
    with torch.no_grad():
        ends = [asked.log_probability(ids, asked.mask) for ids in (asked.ids, asked.baseline())]
    way = (ends[0] - ends[1]).gather(1, asked.target[:, None])[:, 0]
    np.testing.assert_allclose(told.tokens.sum(axis=1), way, atol=1e-3)
    np.testing.assert_allclose(told.delta, told.tokens.sum(axis=1) - way.numpy(), atol=1e-5)
    assert np.abs(told.delta).max() < 1e-3


def test_every_method_tells_each_word_of_each_text_and_changes_no_model(bert: Path, texts: Texts) -> None:
    encoder = TextEncoder(model=str(bert))
    network = network_of(encoder)
    before = {name: tensor.clone() for name, tensor in network.encoder.state_dict().items()}
    found = explained(study_of(encoder, list(METHODS)), network, texts, lambda done, total: None)
    assert [one["id"] for one in found] == ["a", "b", "c"]
    for one, text in zip(found, SAID, strict=True):
        assert one["text"] == text and sum(one["probabilities"]) == pytest.approx(1.0)
        for method in METHODS:
            weights = one["methods"][method.name]["weights"]
            assert len(weights) == len(one["spans"]) and np.isfinite(weights).all() and any(weights)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.encoder.state_dict().items())


def test_an_explanation_does_not_depend_on_what_is_explained_beside(bert: Path, texts: Texts) -> None:
    encoder = TextEncoder(model=str(bert))
    study, network = study_of(encoder, list(METHODS)), network_of(encoder)
    together = explained(study, network, texts, lambda done, total: None)
    alone = explained(study, network, texts.of(np.array([1])), lambda done, total: None)
    for method in METHODS:
        ours, theirs = (one["methods"][method.name]["weights"] for one in (together[1], alone[0]))
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_occlusion_is_what_the_prediction_loses_without_the_word(bert: Path, texts: Texts) -> None:
    encoder = TextEncoder(model=str(bert))
    network = network_of(encoder)
    one = explained(study_of(encoder, list(METHODS)), network, texts.of(np.array([0])), lambda d, t: None)[0]
    asked, _ = _asked(encoder, network, texts.of(np.array([0])))
    hidden = asked.ids.clone()
    hidden[0, 2] = asked.hidden  # [CLS] I love ...
    with torch.no_grad():
        whole, without = (asked.log_probability(ids, asked.mask)[0, one["predicted"]] for ids in (asked.ids, hidden))
    assert one["methods"]["occlusion"]["weights"][1] == pytest.approx(float(whole - without), abs=1e-5)


def test_the_sample_has_as_many_of_every_cell_as_there_are() -> None:
    labels, values = np.repeat([0, 1, 2], 20), np.tile([0, 1], 30)
    texts = Texts("c", tuple(map(str, range(60))), ("a",) * 60, labels, values, ("x",) * 60)
    rows = sampled(texts, 4, Stream(1))
    cells = np.bincount(2 * labels[rows] + values[rows])
    assert cells.tolist() == [4] * 6
    assert len(sampled(texts, 100, Stream(1))) == 60
    assert rows.tolist() == sampled(texts, 4, Stream(1)).tolist()
