"""What a network is given of texts: vectors of a frozen encoder, computed once, or tokens for one that learns."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
import torch

from fedser.artifacts.files import write_atomic, write_json
from fedser.corpora import Corpus
from fedser.features.encoders.load import network_of
from fedser.features.encoders.text import TextEncoder, tokens_of
from fedser.features.extract import Progress, extract_features
from fedser.metrics.recall import Ints
from simulations.text.network import Encoder

if TYPE_CHECKING:
    from torch import Tensor

_MATRIX, _KEYS = "vectors.npy", "vectors.json"
MOST_TOKENS = 128
"""Tokens of a text, beyond which an encoder that learns, or is explained, does not read: memory is as their square."""


class Inputs(Protocol):
    """Some texts, of which batches can be had."""

    def pooled(self, rows: Ints, encoder: Encoder) -> "Tensor":
        """The vectors [rows, dims] of the texts of these numbers."""


class Vectors:
    """Texts as the frozen encoder has them."""

    def __init__(self, matrix: np.ndarray[Any, Any], places: dict[str, int], texts: Sequence[str]) -> None:
        self._x = torch.from_numpy(matrix[[places[text] for text in texts]].astype(np.float32))

    def pooled(self, rows: Ints, encoder: Encoder) -> "Tensor":
        """As they were computed."""
        return self._x[torch.from_numpy(rows)]


class Tokens:
    """Texts as tokens."""

    def __init__(self, encoder: TextEncoder, texts: Sequence[str]) -> None:
        self._checkpoint, self._texts = encoder.checkpoint(), texts

    def pooled(self, rows: Ints, encoder: Encoder) -> "Tensor":
        """By the encoder as it is now."""
        found = tokens_of(self._checkpoint, [self._texts[row] for row in rows])
        pooled: Tensor = encoder(found["input_ids"][:, :MOST_TOKENS], found["attention_mask"][:, :MOST_TOKENS])
        return pooled


def write_vectors(
    place: Path, encoder: TextEncoder, texts: Sequence[str], cache: Path, workers: int, progress: Progress
) -> None:
    """Compute the vector of each different text, or find it in the cache, and keep all of them in ``place``."""
    different = list(dict.fromkeys(texts))
    ids = [str(number) for number in range(len(different))]
    rows = pd.DataFrame({"utterance": ids, "text": different, "speaker": "all"})
    whole = Corpus("texts", rows, pd.DataFrame({"speaker": ["all"], "of": ["several corpora"]}))
    found = extract_features(encoder, whole, cache, workers, "error", progress)
    write_atomic(place / _MATRIX, lambda part: _save(part, found.matrix))
    write_json(place / _KEYS, different)


def read_vectors(place: Path) -> tuple[np.ndarray[Any, Any], dict[str, int]]:
    """The vectors [texts, dims], memory-mapped, and the row of each text."""
    keys = json.loads((place / _KEYS).read_text(encoding="utf-8"))
    return np.load(place / _MATRIX, mmap_mode="r"), {text: row for row, text in enumerate(keys)}


def fresh_encoder(config: TextEncoder) -> Encoder:
    """The pretrained encoder, frozen, a copy of its own: the one that features are made with must stay as it is."""
    import copy

    return Encoder(copy.deepcopy(network_of(config.checkpoint(), "cpu")), config.pooling).requires_grad_(False).eval()


def _save(part: Path, matrix: np.ndarray[Any, Any]) -> None:
    with part.open("wb") as stream:
        np.save(stream, matrix)
