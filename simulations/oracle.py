"""The upper reference: what is read off the true inputs that an update was computed from, which no attacker has.

It learns as attacks do, on the shadow clients' true inputs with a penalty chosen by shadow speakers, and is asked about
the very utterances behind each private update: what an attack that recovered its inputs exactly would reach. Nothing is
fitted on the private truth. Four views of the inputs are four references:

- ``mean``, the mean input, of which nothing is left where features are normalised per speaker;
- ``class_means``, the mean of each emotion class (0, the normalised mean, where it has none);
- ``both`` of these;
- ``utterances``, each by itself with its class, their log-scores averaged: it learns from as many rows as the shadow
  corpora have utterances, where the others learn from as many as they have clients.

Measured on RAVDESS normalised per speaker (emobase, 200 rounds of FedSGD, shadows EmoDB and ASED): gender UAR per
update 0.53, 0.86, 0.87 and 0.96, private AUC per fold around 0.50, 0.96, 0.97 and 0.98: the class means rank nearly as
well, but of the shadow clients most have one utterance of a class, and a threshold learnt there is off.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from attacks.attack import Progress, Scores
from attacks.labelled import Rows
from attacks.linear import Penalty
from attacks.logistic import Logistic
from attacks.taught import Learned
from fedser.config import Plugin
from fedser.seeds import Stream
from simulations.true_inputs import Array, Inputs, by_class, class_means, mean

View = Literal["mean", "class_means", "both", "utterances"]
_LEAST = 1e-9  # of a score, whose logarithm is taken
_AT_ONCE = 64  # updates that are asked about together, since a call costs more than its arithmetic


class Oracle(Plugin):
    """Logistic regression on the true inputs: their mean, class means, both, each by itself; the upper references."""

    source: ClassVar[str] = "references, no attack; mean inputs as in Phong et al. 2018"
    name: Literal["oracle"] = "oracle"
    views: tuple[View, ...] = Field(("mean", "class_means", "both", "utterances"), min_length=1)
    regularisation: tuple[Penalty, ...] = Field(
        (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0), min_length=1, description="values of C to choose from, by shadow speakers"
    )
    folds: int = Field(5, ge=2, description="speaker-disjoint folds of the shadow data by which C is chosen")

    def scores(
        self,
        view: View,
        shadow: Sequence[Inputs],
        known: Rows,
        private: Iterable[Inputs],
        stream: Stream,
        told: Progress,
    ) -> Scores:
        """The score of each value for each of ``private`` [private, values], learnt from ``shadow`` and its ``known``
        labels [shadow].
        """
        teacher = Logistic(regularisation=self.regularisation, folds=self.folds)
        if view != "utterances":
            learned = teacher.learn(np.stack([_seen(view, one) for one in shadow]), known, stream(view), told)
            return np.concatenate([learned(np.stack(some)) for some in _by_some(_seen(view, one) for one in private)])
        owner = np.repeat(np.arange(len(shadow)), [len(one.y) for one in shadow])
        labels, persons = ((tuple(np.array(own)[owner].tolist())) for own in (known.labels, known.persons))
        rows = Rows(labels, persons, known.classes)
        learned = teacher.learn(np.concatenate([by_class(one) for one in shadow]), rows, stream(view), told)
        witnesses = _by_some(by_class(one) for one in private)
        return np.stack([one for some in witnesses for one in _asked(learned, some)])


def _seen(view: View, inputs: Inputs) -> Array:
    parts = {"mean": (mean,), "class_means": (class_means,), "both": (mean, class_means)}[view]
    return np.concatenate([part(inputs) for part in parts])


def _by_some(rows: Iterator[Array]) -> Iterator[list[Array]]:
    while some := list(islice(rows, _AT_ONCE)):
        yield some


def _asked(learned: Learned, witnesses: Sequence[Array]) -> Iterator[Scores]:
    """What the utterances [utterances, dims] behind each of some updates say together."""
    ends = np.cumsum([len(one) for one in witnesses])
    return map(_together, np.split(learned(np.concatenate(witnesses)), ends[:-1]))


def _together(scores: Scores) -> Scores:
    """The geometric mean of scores [utterances, values], brought to a sum of one: utterances as witnesses."""
    evidence = np.log(np.maximum(scores, _LEAST)).mean(axis=0)
    weight = np.exp(evidence - evidence.max())
    together: Scores = weight / weight.sum()
    return together
