"""Features of texts: by their content, in batches of about one length, and what is told of a text that is not there."""

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
import pytest

from fedser.corpora.corpus import Corpus
from fedser.errors import InputError
from fedser.features import extract_features
from fedser.features.extractor import TextExtractor
from fedser.features.opensmile import OpenSmile

TEXTS = ("I see.", "Well, what do you want me to say?", "No!", "I see.", "Not at all, thank you.")


class Letters(TextExtractor):
    """How many letters and words a text has; nothing of a text without letters."""

    source: ClassVar[str] = "a test"
    batch: ClassVar[int] = 3
    asked: ClassVar[list[list[str]]] = []

    name: Literal["letters"] = "letters"

    @property
    def label(self) -> str:
        return "letters"

    def version(self) -> str:
        return "letters 1"

    def names(self) -> tuple[str, ...]:
        return ("letters", "words")

    def extract(self, text):
        letters = sum(map(str.isalpha, text))
        return np.array([letters, len(text.split())] if letters else [np.nan, np.nan], np.float32)

    def extract_batch(self, texts):
        self.asked.append(list(texts))
        return super().extract_batch(texts)


def corpus_of(*texts: object, name: str = "talk") -> Corpus:
    ids = [f"u{number}" for number in range(len(texts))]
    utterances = pd.DataFrame({"utterance": ids, "text": list(texts), "speaker": "a", "emotion": "sad"})
    return Corpus(name, utterances, pd.DataFrame({"speaker": ["a"]}))


@pytest.fixture(autouse=True)
def asked() -> list[list[str]]:
    Letters.asked.clear()
    return Letters.asked


def test_texts_are_described_in_the_order_of_the_corpus(tmp_path) -> None:
    features = extract_features(Letters(), corpus_of(*TEXTS), tmp_path, 1, "error")
    assert features.utterances == ("u0", "u1", "u2", "u3", "u4")
    np.testing.assert_array_equal(features.matrix, [Letters().extract(text) for text in TEXTS])
    assert set(features.provenance) == {"extractor", "reading", "text"}


def test_a_text_is_described_once_beside_others_of_its_length(tmp_path, asked) -> None:
    extract_features(Letters(), corpus_of(*TEXTS), tmp_path, 1, "error")
    assert asked == [[TEXTS[1], TEXTS[4], TEXTS[0]], [TEXTS[2]]]


def test_a_changed_text_alone_is_described_again(tmp_path, asked) -> None:
    extract_features(Letters(), corpus_of(*TEXTS), tmp_path, 1, "error")
    asked.clear()
    extract_features(Letters(), corpus_of(*TEXTS, "And one more."), tmp_path, 1, "error")
    assert asked == [["And one more."]]


def test_texts_that_are_not_there_are_refused_by_their_ids(tmp_path) -> None:
    corpus = corpus_of("Yes.", np.nan, "  ", None, "...")
    with pytest.raises(InputError) as refusal:
        extract_features(Letters(), corpus, tmp_path, 1, "error")
    assert str(refusal.value).splitlines() == [
        "corpus talk: 4 of 5 texts cannot be used; mend them, or leave them out with features.on_bad_input: drop",
        "corpus talk: u1: no text",
        "corpus talk: u2: no text",
        "corpus talk: u3: no text",
        "corpus talk: u4: too short (3 characters)",
    ]
    kept = extract_features(Letters(), corpus, tmp_path, 1, "drop")
    assert kept.utterances == ("u0",)
    assert kept.dropped == {"u1": "no text", "u2": "no text", "u3": "no text", "u4": "too short (3 characters)"}


def test_a_corpus_without_what_is_wanted_is_refused(tmp_path, make_corpus, voices) -> None:
    with pytest.raises(InputError, match=r"^corpus talk: no audio, which features opensmile wants$"):
        extract_features(OpenSmile(), corpus_of("Yes."), tmp_path, 1, "drop")
    spoken = make_corpus(voices(1))
    with pytest.raises(InputError, match=r"^corpus toy: no text, which features letters wants$"):
        extract_features(Letters(), spoken, tmp_path, 1, "drop")
    with pytest.raises(InputError, match=r"^corpus toy: images, not audio, which features opensmile wants$"):
        extract_features(OpenSmile(), replace(spoken, media="image"), tmp_path, 1, "drop")


def test_a_corpus_with_both_is_heard_or_read(tmp_path, make_corpus, voices) -> None:
    spoken = make_corpus(voices(2))
    both = replace(spoken, utterances=spoken.utterances.assign(text=["One.", "Two words."]))
    assert extract_features(Letters(), both, tmp_path, 1, "error").matrix[:, 1].tolist() == [1, 2]
    assert extract_features(OpenSmile(), both, tmp_path, 1, "error").matrix.shape == (2, 988)
