"""A classifier taught with labelled rows of numbers: each scaled, the settings chosen by speaker-disjoint folds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from attacks.attack import Progress, Scores
from attacks.labelled import Labelled
from attacks.reduced_matrix import Matrix
from attacks.selection import Settings, best_settings, fit
from attacks.splits import speaker_folds
from fedser.metrics.recall import Floats
from fedser.seeds import Stream


@dataclass(frozen=True)
class Learned:
    """A fitted scaler and classifier, and what such a one said of shadow speakers that it was not taught with."""

    scaler: Any
    model: Any
    held_out: Scores

    def __call__(self, x: Matrix | Floats) -> Scores:
        """The score of each class for each row of ``x`` [rows, numbers]."""
        scores: Scores = self.model.predict_proba(self.scaler.transform(x).astype(np.float64))
        return scores


def taught(
    model: Any,
    grid: Sequence[Settings],
    folds: int,
    x: Matrix | Floats,
    known: Labelled,
    stream: Stream,
    progress: Progress,
) -> Learned:
    """``model``, an estimator of scikit-learn, taught with the numbers ``x`` [rows, numbers] and what is ``known``.

    Of the settings of ``grid``, the most cautious first, those are taken that do best on persons held out in ``folds``
    folds drawn from ``stream``. Raises InputError where a class has one person only.
    """
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    scaled = scaler.fit_transform(x)
    fold = speaker_folds(known, folds, stream("folds"))
    settings, held_out = best_settings(model, grid, scaled, known, fold, progress)
    fit(model.set_params(**settings), scaled, known.truth, known.weights)
    return Learned(scaler, model, held_out)
