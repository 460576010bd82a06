"""An attack that learns on sets of updates: what several updates of one client say together, whatever their order.

A function of a set is a function of a sum over its elements (Zaheer et al. 2017, Deep Sets, arXiv 1703.06114,
theorem 2). Here the elements are what another attack makes of an update, and their squares: each number's mean and
standard deviation over the set, which logistic regression then reads. Shadow clients make sets of every size that an
observer may meet, so that an answer does not lean on the size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from attacks.aggregate import rounds_of_clients
from attacks.attack import Attack, FittedAttack, Progress, Scores, Shapes
from attacks.averages import Group
from attacks.bias import Bias
from attacks.least_squares import LeastSquares
from attacks.logistic import Logistic
from attacks.moments import Moments
from attacks.pull_back import PullBack
from attacks.recovery import Recovery
from attacks.reduced_matrix import Matrix, reduced_matrix
from attacks.second_moments import SecondMoments
from attacks.shadow import Shadow
from attacks.taught import Learned
from attacks.update_set import UpdateSet
from fedser.metrics.recall import Floats
from fedser.seeds import Stream
from fedser.updates.reductions import ReductionConfig

Elements = Annotated[
    Bias | LeastSquares | Logistic | Moments | PullBack | Recovery | SecondMoments, Field(discriminator="name")
]
Size = Annotated[int, Field(ge=1)]


class SetModel(Attack):
    """Logistic regression on means and deviations over a set of a client's updates, of any size."""

    source: ClassVar[str] = "Zaheer et al. 2017 (Deep Sets, arXiv 1703.06114), with fixed elements"
    name: Literal["set"] = "set"
    attack: Elements = Field(Logistic(), description="the attack whose numbers of each update are the set's elements")
    sizes: tuple[Size, ...] = Field((1, 3, 5, 10), description="of the sets that it is taught with, beside whole ones")
    draws: int = Field(4, ge=1, description="sets of each size that are drawn from each shadow client")

    def needs(self, parameters: Shapes) -> tuple[str, ...]:
        """What the attack needs."""
        return self.attack.needs(parameters)

    def reductions(self, parameters: Shapes) -> tuple[ReductionConfig, ...]:
        """The numbers of each update are all that is read."""
        return self.attack.reductions(parameters)

    def _fit(self, shadow: Shadow, stream: Stream, workdir: Path, progress: Progress) -> "FittedSet":
        public = shadow.updates.public
        reduction = self.attack.reduction(public.parameters)
        groups = self._drawn(shadow.updates, stream("sets"))
        x = pooled(reduced_matrix(shadow.updates, reduction, progress), groups)
        whose = shadow.subset(group[0] for group in groups)
        learned = self.attack.learn(x, whose, stream("attack"), progress)
        return FittedSet(public, reduction, learned, self.attack.place(public.parameters))

    def _drawn(self, updates: UpdateSet, stream: Stream) -> list[Group]:
        """Sets of each size from each client of each training, and each client's whole one."""
        groups: list[Group] = []
        for (training, client), own in rounds_of_clients(updates.rows).items():
            generator = stream(training, client).numpy()
            sizes = [size for size in self.sizes if size < len(own)]
            groups += [generator.choice(own, size, replace=False).tolist() for size in sizes for _ in range(self.draws)]
            groups.append(own)
        return groups


def pooled(x: Matrix, groups: Sequence[Group]) -> Floats:
    """Mean and standard deviation of the rows of each group, float64 [groups, 2 numbers], from ``x`` [n, numbers]."""
    found = np.empty((len(groups), 2 * x.shape[1]))
    for row, group in enumerate(groups):
        own = x[list(group)].astype(np.float64)
        found[row] = np.concatenate([own.mean(axis=0), own.std(axis=0)])
    return found


@dataclass(frozen=True)
class FittedSet(FittedAttack):
    """What was learned from sets of shadow updates."""

    reduction: ReductionConfig
    learned: Learned
    place: str

    @property
    def pooling(self) -> str:
        """It looks at all of them at once."""
        return "set"

    def _scores(self, target: UpdateSet, progress: Progress) -> dict[str, Scores]:
        """The answer about all updates of a client stands for each of them."""
        groups = list(rounds_of_clients(target.rows).values())
        answers = self._group_scores(target, groups, progress)[self.place]
        scores = np.empty((len(target), answers.shape[1]))
        for rows, answer in zip(groups, answers, strict=True):
            scores[rows] = answer
        return {self.place: scores}

    def _group_scores(self, target: UpdateSet, groups: Sequence[Group], progress: Progress) -> dict[str, Scores]:
        x = pooled(reduced_matrix(target, self.reduction, progress), groups)
        return {self.place: self.learned(x)}
