"""The nearest class centroid on statistics of the update: no parameter is learned but the means of the shadows.

Al-Ali et al. 2025 take statistics of the weight differences of shadow fine-tunings, the mean of each class, and
normalised Euclidean distances.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np

from attacks.attack import Scores, Shapes
from attacks.knowledge import Knowledge
from attacks.reduced import ReducedAttack
from attacks.selection import Settings
from fedser.metrics.recall import Floats, Ints
from fedser.seeds import Stream
from fedser.updates.reductions import Moments


class Centroid(ReducedAttack):
    """The nearest class centroid on norms, moments and the share of zeros of every array."""

    source: ClassVar[str] = "Al-Ali et al. 2025 (arXiv 2510.13357)"
    knowledge: ClassVar[Knowledge] = "updates"
    name: Literal["centroid"] = "centroid"

    def reduction(self, parameters: Shapes) -> Moments:
        """Of every weight and every bias."""
        return Moments(parameters=tuple(parameters))

    def classifier(self, stream: Stream) -> "NearestCentroid":
        """The centroids; the numbers come to it scaled, so that its distances are normalised."""
        return NearestCentroid()

    @property
    def grid(self) -> Sequence[Settings]:
        """Nothing to choose."""
        return [{}]


class NearestCentroid:
    """The mean of each class, each update counting by its weight, as scikit-learn's classifiers are called.

    Its own has no sample weights, by which here each speaker counts alike.
    """

    def fit(self, x: Floats, labels: Ints, sample_weight: Floats) -> Self:
        """Learn the centroids [classes, numbers] of ``x`` [updates, numbers]; ``labels`` are 0 to classes - 1."""
        chosen = [labels == label for label in range(int(labels.max()) + 1)]
        self._centroids = np.stack([np.average(x[own], axis=0, weights=sample_weight[own]) for own in chosen])
        return self

    def set_params(self) -> Self:
        """There are none."""
        return self

    def predict_proba(self, x: Floats) -> Scores:
        """exp(-d^2 / 2) of each class over their sum, where d is the root mean square distance to its centroid.

        The mean over the numbers, not the sum: these say much the same of an update, and are no independent witnesses.
        """
        squares = np.stack([((x - centroid) ** 2).mean(axis=1) for centroid in self._centroids], axis=1)
        likelihood = np.exp((squares.min(axis=1, keepdims=True) - squares) / 2)
        scores: Scores = likelihood / likelihood.sum(axis=1, keepdims=True)
        return scores
