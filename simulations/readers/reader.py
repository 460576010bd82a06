"""What every reader is: a classifier that learns from labelled vectors, and then says what other vectors tell."""

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from attacks.attack import Scores
from attacks.labelled import Rows
from attacks.taught import Learned
from fedser.config import Plugin
from fedser.seeds import Stream
from simulations.true_inputs import Array


class Reader(Plugin):
    """A classifier of frozen vectors; its penalty is chosen by folds of the persons that it learns from."""

    name: str
    folds: int = Field(5, ge=2, description="speaker-disjoint folds of what is learned from, to choose a penalty by")

    @abstractmethod
    def learn(self, x: Array, known: Rows, stream: Stream) -> Learned:
        """Learn from the vectors ``x`` [rows, width] what is ``known`` of them; each value has two persons at least."""

    def read(self, x: Array, known: Rows, asked: Array, stream: Stream) -> Scores:
        """The score of each of ``known.classes`` for each of ``asked`` [asked, width], learned from ``x`` [rows, ...].

        A value that one person alone has cannot be validated: it is not learned, and its score is zero.
        """
        values = learnable(known)
        rows = np.flatnonzero(np.isin(known.truth, values))
        labels = tuple(np.searchsorted(values, known.truth[rows]).tolist())
        own = Rows(labels, tuple(known.persons[row] for row in rows), tuple(known.classes[value] for value in values))
        scores: Scores = np.zeros((len(asked), len(known.classes)))
        scores[:, values] = self.learn(x[rows], own, stream)(asked)
        return scores


def learnable(known: Rows) -> Sequence[int]:
    """The values, ascending, that two persons or more have."""
    pairs = set(zip(known.labels, known.persons, strict=True))
    times = np.bincount([label for label, _ in pairs], minlength=len(known.classes))
    values: Sequence[int] = np.flatnonzero(times > 1).tolist()
    return values
