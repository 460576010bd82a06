"""Attacks that learn a classifier on a few numbers of each update, and differ in the numbers or in the classifier."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from pydantic import Field

from attacks.attack import Attack, FittedAttack, Progress, Scores, Shapes
from attacks.reduced_matrix import reduced_matrix
from attacks.selection import Settings, best_settings, fit
from attacks.shadow import Shadow, speaker_weights
from attacks.splits import speaker_folds
from attacks.update_set import UpdateSet
from fedser.seeds import Stream
from fedser.updates.reductions import ReductionConfig
from fedser.updates.update import layers_of


class ReducedAttack(Attack):
    """Reduces each update, scales each number over the shadow updates, and learns a classifier on them."""

    folds: int = Field(5, ge=2, description="speaker-disjoint folds of the shadow data by which settings are chosen")

    @abstractmethod
    def reduction(self, parameters: Shapes) -> ReductionConfig:
        """The numbers; raises ConfigError when they cannot be made of such an architecture."""

    @abstractmethod
    def classifier(self, stream: Stream) -> Any:
        """An estimator of scikit-learn that takes sample weights and gives probabilities."""

    @property
    @abstractmethod
    def grid(self) -> Sequence[Settings]:
        """The settings of the classifier to choose from, the most cautious first."""

    @final
    def needs(self, parameters: Shapes) -> tuple[str, ...]:
        """The layers that the numbers are made of."""
        return layers_of(dict.fromkeys(self.reduction(parameters).reads))

    @final
    def _fit(self, shadow: Shadow, stream: Stream, workdir: Path, progress: Progress) -> "FittedReduced":
        from sklearn.preprocessing import StandardScaler

        reduction = self.reduction(shadow.updates.public.parameters)
        scaler = StandardScaler()
        x = scaler.fit_transform(reduced_matrix(shadow.updates, reduction, progress))
        fold = speaker_folds(shadow, self.folds, stream("folds"))
        model = self.classifier(stream("classifier"))
        model.set_params(**best_settings(model, self.grid, x, shadow, fold, progress))
        fit(model, x, shadow.truth, speaker_weights(shadow.truth, shadow.speakers))
        layers = self.needs(shadow.updates.public.parameters)
        place = layers[0] if len(layers) == 1 else "all"
        return FittedReduced(shadow.updates.public, reduction, scaler, model, place)


@dataclass(frozen=True)
class FittedReduced(FittedAttack):
    """A fitted scaler and classifier; its scores stand under the layer that it reads, or under ``all``."""

    reduction: ReductionConfig
    scaler: Any
    model: Any
    place: str

    def _scores(self, target: UpdateSet, progress: Progress) -> dict[str, Scores]:
        x = self.scaler.transform(reduced_matrix(target, self.reduction, progress))
        return {self.place: self.model.predict_proba(x.astype(np.float64))}
