"""Texts with what is known of them, as models are trained on and asked about them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fedser.corpora import Corpus
from fedser.errors import InputError
from fedser.metrics.recall import Ints
from simulations.text.task import UNKNOWN, TextTask
from simulations.text.words import spans_of


@dataclass(frozen=True)
class Texts:
    """Utterances of one corpus: ``labels`` and ``values`` (of the attribute) are indices, UNKNOWN where not known."""

    corpus: str
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    labels: Ints
    values: Ints
    speakers: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def read(cls, corpus: Corpus, reader: str, task: TextTask, attribute: str, values: Sequence[str]) -> "Texts":
        """The utterances of ``corpus`` that have a word; raises InputError where it has no texts."""
        if "text" not in corpus.utterances:
            raise InputError(f"corpus {corpus.name}: no texts")
        labels = task.labels(corpus, reader)
        rows, known = corpus.utterances, corpus.speakers.set_index("speaker").get(attribute)
        told = rows["speaker"].map(known) if known is not None else [None] * len(rows)
        numbers = np.array([values.index(v) if v in values else UNKNOWN for v in told], dtype=np.int64)
        texts = cls(
            corpus.name,
            tuple(rows["utterance"].astype(str)),
            tuple(text if isinstance(text, str) else "" for text in rows["text"]),
            labels,
            numbers,
            tuple(rows["speaker"].astype(str)),
        )
        return texts.of(np.flatnonzero([bool(spans_of(text)) for text in texts.texts]))

    def of(self, rows: Ints) -> "Texts":
        """The utterances of these numbers, in their order."""
        ids, texts, speakers = (tuple(column[row] for row in rows) for column in (self.ids, self.texts, self.speakers))
        return Texts(self.corpus, ids, texts, self.labels[rows], self.values[rows], speakers)

    def by(self, speakers: Sequence[str]) -> "Texts":
        """The utterances of these speakers."""
        wanted = set(speakers)
        return self.of(np.flatnonzero([speaker in wanted for speaker in self.speakers]))

    def labelled(self) -> "Texts":
        """The utterances whose class is known."""
        return self.of(np.flatnonzero(self.labels != UNKNOWN))

    def known(self) -> "Texts":
        """The utterances of speakers whose value of the attribute is known."""
        return self.of(np.flatnonzero(self.values != UNKNOWN))

    def saying(self, texts: Sequence[str]) -> "Texts":
        """The same utterances in other words."""
        return replace(self, texts=tuple(texts))

    def beside(self, other: "Texts") -> "Texts":
        """These, and then the ``other`` ones."""
        return Texts(
            self.corpus,
            self.ids + other.ids,
            self.texts + other.texts,
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.values, other.values]),
            self.speakers + other.speakers,
        )
