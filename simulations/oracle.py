"""The upper reference: what a classifier reads off the clients' true inputs, which no attacker has.

It learns on the shadow clients' true inputs and is applied to the private clients' true inputs: what an attack that
recovered every client's mean inputs exactly would reach. Nothing is fitted on the private truth. Under normalisation
per speaker the mean over all of a speaker's utterances is zero, so the means per emotion class are given too.
"""

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.config import Plugin
from fedser.partition.partition import Partition

Means = np.ndarray[Any, np.dtype[np.float64]]


class Oracle(Plugin):
    """Logistic regression on the true mean inputs, overall and per emotion class: the upper reference."""

    source: ClassVar[str] = "reference, no attack; mean inputs as in Phong et al. 2018"
    name: Literal["oracle"] = "oracle"
    c: float = Field(0.01, gt=0, description="inverse strength of the L2 penalty")

    def scores(self, shadow: Means, labels: Sequence[int], private: Means, values: int) -> Means:
        """Probabilities [private clients, values], learnt from shadow rows [clients, dims] and their labels."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        model = make_pipeline(StandardScaler(), LogisticRegression(C=self.c, class_weight="balanced", max_iter=5000))
        model.fit(shadow, np.asarray(labels))
        scores: Means = np.zeros((len(private), values))
        scores[:, model.classes_] = model.predict_proba(private)
        return scores


def mean_inputs(x: Any, y: Any, clients: Partition, classes: int) -> dict[str, Means]:
    """Per client: the mean of its training rows, then of each class's (0, the normalised mean, where it has none)."""
    held = zip(clients.names, clients.train, strict=True)
    return {name: _means(x[rows], y[rows], classes) for name, rows in held}


def _means(x: Any, y: Any, classes: int) -> Means:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a class without utterances has no mean
        per_class = [x[y == label].mean(axis=0, dtype=np.float64) for label in range(classes)]
    means: Means = np.nan_to_num(np.concatenate([x.mean(axis=0, dtype=np.float64), *per_class]))
    return means
