"""Attacks that learn a classifier on a few numbers of each update, and differ in the numbers or in the classifier."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from pydantic import Field

from attacks.attack import Attack, FittedAttack, Progress, Scores, Shapes
from attacks.labelled import Labelled
from attacks.reduced_matrix import Matrix, reduced_matrix
from attacks.selection import Settings
from attacks.shadow import Shadow
from attacks.staged import Staged, stage_weights
from attacks.taught import Learned, taught
from attacks.update_set import UpdateSet
from fedser.metrics.recall import Floats
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
    def reductions(self, parameters: Shapes) -> tuple[ReductionConfig, ...]:
        """The numbers are all that is read."""
        return (self.reduction(parameters),)

    @final
    def needs(self, parameters: Shapes) -> tuple[str, ...]:
        """The layers that the numbers are made of."""
        return layers_of(dict.fromkeys(self.reduction(parameters).reads))

    @final
    def learn(self, x: Matrix | Floats, shadow: Labelled, stream: Stream, progress: Progress) -> Learned:
        """The classifier, taught with the numbers ``x`` [updates, numbers] of the shadow updates, or of other rows."""
        return taught(self.classifier(stream("classifier")), self.grid, self.folds, x, shadow, stream, progress)

    @final
    def place(self, parameters: Shapes) -> str:
        """What its scores stand under: the layer that it reads, or ``all``."""
        layers = self.needs(parameters)
        return layers[0] if len(layers) == 1 else "all"

    @final
    def _fit(self, shadow: Shadow, stream: Stream, workdir: Path, progress: Progress) -> "FittedReduced":
        public = shadow.updates.public
        reduction = self.reduction(public.parameters)
        learned = self.learn(reduced_matrix(shadow.updates, reduction, progress), shadow, stream, progress)
        place = self.place(public.parameters)
        return FittedReduced(public, reduction, learned, place, stage_weights(learned.held_out, shadow))


@dataclass(frozen=True)
class FittedReduced(FittedAttack):
    """What was learned from the reductions of shadow updates."""

    reduction: ReductionConfig
    learned: Learned
    place: str
    staged: Staged

    @property
    def stages(self) -> Mapping[str, Staged]:
        """By held-out shadow speakers."""
        return {self.place: self.staged}

    def _scores(self, target: UpdateSet, progress: Progress) -> dict[str, Scores]:
        return {self.place: self.learned(reduced_matrix(target, self.reduction, progress))}
