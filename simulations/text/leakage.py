"""Leakage of representations: what a classifier that learns on labelled embeddings tells of others (section 8.1).

``own`` learns on the embeddings of the study's training and validation speakers, and is asked about its test speakers;
``across`` has learned the same, and is asked about another corpus; ``other`` learns on one half of that corpus's
persons and is asked about the other half, which tells what is there at all.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from attacks.labelled import Rows
from fedser.metrics.recall import Ints, confusion, uar
from fedser.seeds import Stream
from simulations.text.study import TextStudy
from simulations.text.task import UNKNOWN
from simulations.text.texts import Texts
from simulations.true_inputs import Array

Embedded = tuple[Texts, Array]
"""Texts, and their embeddings [texts, hidden]."""


def read_leakage(
    study: TextStudy, taught: Embedded, test: Embedded, cross: Mapping[str, Embedded], stream: Stream
) -> Iterator[dict[str, object]]:
    """The UAR of the attribute by utterance: rows with ``corpus``, ``learned_on``, ``uar``, ``n`` and ``persons``."""
    own = _known(taught)
    lesson = _drawn(own, study.leakage.labelled, stream("labelled"))
    asked = {"own": {test[0].corpus: test}, "across": cross}
    for learned_on, corpora in asked.items():
        for corpus, found in corpora.items():
            there = _known(found)
            if _askable(there[0]):
                yield _row(study, corpus, learned_on, lesson, there, stream("reader"))
    for corpus, found in cross.items():
        known = _known(found)
        halves = _halves(known[0], stream("halves", corpus))
        if halves is not None:
            lesson, there = _part(known, halves[0]), _part(known, halves[1])
            yield _row(study, corpus, "other", lesson, there, stream("reader", corpus))


def _row(
    study: TextStudy, corpus: str, learned_on: str, lesson: Embedded, asked: Embedded, stream: Stream
) -> dict[str, object]:
    known = Rows(tuple(lesson[0].values.tolist()), lesson[0].speakers, study.values)
    scores = study.leakage.reader.read(lesson[1], known, asked[1], stream)
    reached = uar(confusion(asked[0].values, scores.argmax(axis=1), len(study.values)))
    persons = len(set(asked[0].speakers))
    return {"corpus": corpus, "learned_on": learned_on, "uar": reached, "n": len(asked[0]), "persons": persons}


def _known(found: Embedded) -> Embedded:
    return _part(found, np.flatnonzero(found[0].values != UNKNOWN))


def _part(found: Embedded, rows: Ints) -> Embedded:
    return found[0].of(rows), found[1][rows]


def _drawn(found: Embedded, share: float, stream: Stream) -> Embedded:
    """A drawn share of the utterances of each speaker, one of each at least."""
    rng, rows = stream.numpy(), list[int]()
    speakers = np.array(found[0].speakers)
    for speaker in sorted(set(found[0].speakers)):
        own = np.flatnonzero(speakers == speaker)
        rows += rng.permutation(own)[: max(1, round(share * len(own)))].tolist()
    return _part(found, np.array(sorted(rows), dtype=np.int64))


def _halves(texts: Texts, stream: Stream) -> tuple[Ints, Ints] | None:
    """The rows of either half of the persons, drawn within each value; None where a value has fewer than four."""
    value_of = dict(zip(texts.speakers, texts.values.tolist(), strict=True))
    first: set[str] = set()
    for value in (0, 1):
        own = sorted(name for name, has in value_of.items() if has == value)
        if len(own) < 4:
            return None
        first |= set(stream(value).numpy().permutation(own)[: len(own) // 2].tolist())
    inside = np.array([speaker in first for speaker in texts.speakers])
    return np.flatnonzero(inside), np.flatnonzero(~inside)


def _askable(texts: Texts) -> bool:
    return len(set(texts.values.tolist())) > 1
