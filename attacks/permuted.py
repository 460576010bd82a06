"""The control that learns from noise: another attack, taught with labels that say nothing of the shadow speakers.

One permutation is one arbitrary question, and its answers may by chance follow the attribute, or its opposite, for all
speakers at once. So there are many permutations, and each client is asked about one of them only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from attacks.attack import Attack, FittedAttack, Progress, Scores, Shapes
from attacks.averages import Group
from attacks.fusion import Fusion
from attacks.learners import Learners
from attacks.logistic import Logistic
from attacks.shadow import Shadow
from attacks.update_set import UpdateSet
from fedser.metrics.recall import Floats, Ints
from fedser.seeds import Stream
from fedser.updates.reductions import ReductionConfig


class Permuted(Attack):
    """Control: an attack whose shadow labels are permuted between the shadow speakers."""

    source: ClassVar[str] = "permutation control: what is above chance here is not the attribute"
    name: Literal["permuted"] = "permuted"
    attack: Annotated[Learners | Fusion, Field(discriminator="name")] = Logistic()
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

    @property
    def pooling(self) -> str:
        """As the wrapped attack does."""
        return self.fitted[0].pooling

    def weights(self, target: UpdateSet) -> dict[str, Floats]:
        """Each client's updates have the weights of the attack that the client is scored by."""
        clients = [row.client for row in target.rows]
        return self._each(clients, lambda fitted, rows: fitted.weights(target.subset(rows)))

    def _scores(self, target: UpdateSet, progress: Progress) -> dict[str, Scores]:
        clients = [row.client for row in target.rows]
        return self._each(clients, lambda fitted, rows: fitted.scores(target.subset(rows), progress))

    def _group_scores(self, target: UpdateSet, groups: Sequence[Group], progress: Progress) -> dict[str, Scores]:
        clients = [target.rows[group[0]].client for group in groups]
        return self._each(
            clients, lambda fitted, own: fitted.group_scores(target, [groups[number] for number in own], progress)
        )

    def _each(
        self, clients: Sequence[str], ask: Callable[[FittedAttack, Ints], Mapping[str, Floats]]
    ) -> dict[str, Floats]:
        """By layer, what each of ``clients`` is told by the fitted attack that it is scored by, in their order."""
        asked = np.array([self.stream(client).integer() % len(self.fitted) for client in clients])
        merged: dict[str, Floats] = {}
        for number in np.unique(asked):
            own = np.flatnonzero(asked == number)
            for layer, told in ask(self.fitted[number], own).items():
                merged.setdefault(layer, np.empty((len(asked), *told.shape[1:])))[own] = told
        return merged
