"""What is counted of one grouping, once for all of its tables: rows, persons, and resamples of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fedser.metrics.rates import RATES, Rate, Share, rates
from fedser.metrics.recall import Floats, Ints
from simulations.bias.audit import Audit
from simulations.bias.grouping import Grouping
from simulations.bias.predictions import Predictions
from simulations.bias.resampling import Resampled, confusion

Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Counted:
    """One grouping of an audit's predictions."""

    audit: Audit
    predictions: Predictions
    grouping: Grouping

    @cached_property
    def confusion(self) -> Resampled:
        """Confusion counts [groups, classes, classes], and those of each resample."""
        p, scores = self.predictions, self.audit.scores
        stream = self.audit.stream("bootstrap", self.grouping.name)
        return confusion(self.grouping, p.true, p.predicted, len(p.classes), scores.bootstrap, stream)

    @cached_property
    def rates(self) -> dict[Rate, Share]:
        """Each rate [groups, classes]."""
        return rates(self.confusion.value)

    @cached_property
    def drawn(self) -> dict[Rate, Floats]:
        """Each rate of each resample [resamples, groups, classes]; NaN where it is not defined."""
        return {rate: share.value for rate, share in rates(self.confusion.drawn).items()}

    @cached_property
    def persons(self) -> dict[Rate, Ints]:
        """How many persons [groups, classes] are behind what each rate is a share of."""
        true, said = (labels[:, None] == np.arange(len(self.predictions.classes)) for labels in self._labels)
        rows = {"tpr": true, "fpr": ~true, "tnr": ~true, "fnr": true, "precision": said}  # [rows, classes]
        return {rate: np.stack([*map(self.grouping.persons, rows[rate].T)], axis=-1) for rate in RATES}

    @property
    def _labels(self) -> tuple[Ints, Ints]:
        return self.predictions.true, self.predictions.predicted

    def small(self, rate: Rate) -> Flags:
        """Where a rate rests on few rows or persons: [groups, classes]."""
        few = self.audit.small
        flagged: Flags = self.rates[rate].wholes < few.rows
        return flagged | (self.persons[rate] < few.subjects) if self.predictions.of_subjects else flagged
