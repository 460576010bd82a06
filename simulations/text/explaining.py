"""Explains predictions: which texts, by every method, with tokens' numbers summed over the words they are part of."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from fedser.features.encoders.text import TextEncoder, tokenizer_of, tokens_of
from fedser.metrics.recall import Ints
from fedser.seeds import Stream
from simulations.progress import Update
from simulations.text.explain import Asked
from simulations.text.inputs import MOST_TOKENS
from simulations.text.study import TextStudy
from simulations.text.task import CLASSES, UNKNOWN
from simulations.text.texts import Texts
from simulations.text.training import Network
from simulations.text.words import of_words, spans_of

Explained = dict[str, Any]
"""One text: ``id``, ``text``, ``label``, ``value``, ``predicted``, ``probabilities``, ``spans`` of its words, and by
method the ``weights`` of these, and ``delta`` and ``relative`` or None."""

_BATCH = 16


def sampled(texts: Texts, per_cell: int, stream: Stream) -> Ints:
    """The rows to be explained: so many of each class and value of the attribute, or all that there are, drawn once."""
    rows = list[int]()
    for label in range(len(CLASSES)):
        for value in (0, 1):
            cell = np.flatnonzero((texts.labels == label) & (texts.values == value))
            rows += stream(label, value).numpy().permutation(cell)[:per_cell].tolist()
    return np.array(sorted(rows), dtype=np.int64)


def explained(study: TextStudy, network: Network, texts: Texts, tell: Update) -> list[Explained]:
    """The explanation of each text's prediction, in the order of ``texts``."""
    for module in network.modules:
        module.eval().requires_grad_(False)
    found: dict[int, Explained] = {}
    # Texts of about one length together: what is padded is computed all the same.
    order = np.array(sorted(range(len(texts)), key=lambda row: len(texts.texts[row])), dtype=np.int64)
    for rows in np.array_split(order, max(1, -(-len(order) // _BATCH))):
        part = texts.of(rows)
        found |= zip(rows.tolist(), _batch(study, network, part), strict=True)
        tell(len(found), len(texts))
    return [found[row] for row in range(len(texts))]


def _batch(study: TextStudy, network: Network, texts: Texts) -> Iterator[Explained]:
    asked, probabilities = _asked(study.encoder, network, texts)
    told = {method.name: method.explain(asked) for method in study.explain.methods}
    for row, text in enumerate(texts.texts):
        spans, offsets = spans_of(text), asked.offsets[row].tolist()
        methods = {
            name: {
                "weights": of_words(spans, offsets, found.tokens[row].tolist()),
                "delta": None if found.delta is None else float(found.delta[row]),
                "relative": None if found.relative is None else float(found.relative[row]),
            }
            for name, found in told.items()
        }
        yield {
            "id": texts.ids[row],
            "text": text,
            "speaker": texts.speakers[row],
            "label": int(texts.labels[row]),
            "value": int(texts.values[row]),
            "predicted": int(asked.target[row]),
            "probabilities": probabilities[row],
            "spans": [list(span) for span in spans],
            "methods": methods,
        }


def _asked(encoder: TextEncoder, network: Network, texts: Texts) -> tuple[Asked, list[list[float]]]:
    import torch

    checkpoint = encoder.checkpoint()
    tokens = tokens_of(checkpoint, texts.texts, offsets=True)
    ids, mask, marks, offsets = (
        tokens[name][:, :MOST_TOKENS]
        for name in ("input_ids", "attention_mask", "special_tokens_mask", "offset_mapping")
    )
    tokenizer = tokenizer_of(checkpoint)
    with torch.no_grad():
        said = network.heads(network.encoder(ids, mask)).softmax(dim=1)
    blank, hidden = tokenizer.pad_token_id, tokenizer.mask_token_id
    asked = Asked(
        network.encoder, network.heads, ids, mask, marks, offsets, said.argmax(dim=1), texts.texts, blank, hidden
    )
    return asked, said.tolist()


def labels_known(texts: Texts) -> Texts:
    """The texts of which class and value are known."""
    return texts.of(np.flatnonzero((texts.labels != UNKNOWN) & (texts.values != UNKNOWN)))
