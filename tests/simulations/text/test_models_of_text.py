"""Every way of training: what it is taught, what it sees, and what it does to the gradient of the attribute."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fedser.seeds import Stream
from simulations.families import members
from simulations.text.models import TextModelConfig
from simulations.text.models.art_noise import ArtNoise
from simulations.text.models.model import TextModel
from simulations.text.models.priv_adv import PrivAdv
from simulations.text.models.priv_aug import PrivAug
from simulations.text.texts import Texts

MODELS: list[TextModel] = [model() for model in members(TextModelConfig)]  # type: ignore[misc]


@pytest.fixture
def texts() -> Texts:
    """Two hundred texts of every class and value, of some of which one or both are not known."""
    rng = np.random.default_rng(0)
    labels, values = rng.integers(-1, 3, 200), rng.integers(-1, 2, 200)
    said = tuple(f"She said {number} to her mother" if number % 2 else f"It is {number}" for number in range(200))
    return Texts("c", tuple(map(str, range(200))), said, labels, values, tuple(str(n % 10) for n in range(200)))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_what_is_taught_and_seen_is_of_the_same_utterances_each_time(model: TextModel, texts: Texts) -> None:
    taught, again = (model.taught(texts, Path(), Stream(1)).texts for _ in range(2))
    assert taught.texts == again.texts
    assert taught.ids[:200] == texts.ids and set(taught.ids) == set(texts.ids)
    seen = model.seen(texts, Stream(1))
    assert (seen.ids, seen.labels.tolist(), seen.values.tolist()) == (
        texts.ids,
        texts.labels.tolist(),
        texts.values.tolist(),
    )
    part = model.seen(texts.of(np.array([7, 3])), Stream(1))
    assert part.texts == (seen.texts[7], seen.texts[3])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_only_priv_adv_turns_the_gradient_round_and_only_gender_exp_lets_it_through(model: TextModel) -> None:
    embedding, head = torch.ones(2, 3, requires_grad=True), torch.nn.Linear(3, 2)
    said = model.attribute_logits(head, embedding)
    factor = {"priv_adv": -1.0, "gender_exp": 1.0}.get(model.name)
    if factor is None:
        assert said is None
        return
    assert said is not None
    said.sum().backward()
    assert embedding.grad is not None and head.weight.grad is not None
    torch.testing.assert_close(embedding.grad, factor * head.weight.sum(dim=0).expand(2, 3))
    torch.testing.assert_close(head.weight.grad, torch.full((2, 3), 2.0))  # the head itself learns


def test_the_strength_of_the_reversal_scales_it() -> None:
    embedding, head = torch.ones(1, 3, requires_grad=True), torch.nn.Linear(3, 2)
    PrivAdv(strength=0.5).attribute_logits(head, embedding).sum().backward()
    assert embedding.grad is not None
    torch.testing.assert_close(embedding.grad, -0.5 * head.weight.sum(dim=0)[None])
    assert [PrivAdv(strength=s).label for s in (1.0, 0.5)] == ["priv_adv", "priv_adv 0.5"]


def test_augmentation_adds_a_copy_of_what_changes_and_no_other(texts: Texts) -> None:
    taught = PrivAug().taught(texts, Path(), Stream(1))
    assert (len(taught.texts), taught.changed) == (300, 100)
    assert taught.texts.texts[200] == "He said 1 to his father"
    assert taught.texts.labels[200:].tolist() == texts.labels[1::2].tolist()
    assert taught.swapped == {("she", "he"): 100, ("her", "his"): 100, ("mother", "father"): 100}


def test_noise_words_tell_class_and_value_in_a_share_of_the_texts(texts: Texts) -> None:
    seen = ArtNoise(share=0.5).seen(texts, Stream(1))
    known = (texts.labels >= 0) & (texts.values >= 0)
    noised = np.array([one != other for one, other in zip(seen.texts, texts.texts, strict=True)])
    assert not noised[~known].any()
    assert 0.35 < noised[known].mean() < 0.65
    for row in np.flatnonzero(noised):
        word = {0: "zx", 1: "zq"}[int(texts.values[row])] + str(texts.labels[row])
        assert sorted(seen.texts[row].split()) == sorted([*texts.texts[row].split(), word])
