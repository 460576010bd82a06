"""The control that learns from noise: another attack, taught with labels that say nothing of the shadow speakers.

One permutation is one arbitrary question, and its answers may by chance follow the attribute, or its opposite, for all
speakers at once. So there are many permutations, and each client is asked about one of them only.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from attacks.attack import Attack, FittedAttack, Progress, Scores, Shapes
from attacks.learners import LearnerConfig
from attacks.logistic import Logistic
from attacks.shadow import Shadow
from attacks.update_set import UpdateSet
from fedser.seeds import Stream
from fedser.updates.reductions import ReductionConfig


class Permuted(Attack):
    """Control: an attack whose shadow labels are permuted between the shadow speakers."""

    source: ClassVar[str] = "permutation control: what is above chance here is not the attribute"
    name: Literal["permuted"] = "permuted"
    attack: LearnerConfig = Logistic()
    permutations: int = Field(20, ge=1, description="how often it learns; each target client is scored by one of them")

    def needs(self, parameters: Shapes) -> tuple[str, ...]:
        """What the wrapped attack needs."""
        return self.attack.needs(parameters)

    def reductions(self, parameters: Shapes) -> tuple[ReductionConfig, ...] | None:
        """What is enough for the wrapped attack."""
        return self.attack.reductions(parameters)

    def _fit(self, shadow: Shadow, stream: Stream, workdir: Path, progress: Progress) -> "FittedPermuted":
        fitted = []
        for number in range(self.permutations):
            own = stream("permutation", number)
            noise = shadow.permuted(own("labels"))
            fitted.append(self.attack.fit(noise, own("attack"), workdir / f"permutation-{number}"))
            progress("permutations", number + 1, self.permutations)
        return FittedPermuted(shadow.updates.public, tuple(fitted), stream("clients"))


@dataclass(frozen=True)
class FittedPermuted(FittedAttack):
    """One fitted attack per permutation; ``stream`` decides which of them a client is scored by."""

    fitted: tuple[FittedAttack, ...]
    stream: Stream

    def _scores(self, target: UpdateSet, progress: Progress) -> dict[str, Scores]:
        asked = np.array([self._asked(row.client) for row in target.rows])
        merged: dict[str, Scores] = {}
        for number in np.unique(asked):
            rows = np.flatnonzero(asked == number)
            for layer, scores in self.fitted[number].scores(target.subset(rows), progress).items():
                merged.setdefault(layer, np.empty((len(asked), scores.shape[1])))[rows] = scores
        return merged

    def _asked(self, client: str) -> int:
        return self.stream(client).integer() % len(self.fitted)
