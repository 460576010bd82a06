"""A linear model on what remains of a client's updates when they are summed over the rounds.

Kerkouche et al. 2023 infer properties of clients by linear models of aggregated updates alone, since aggregation is
linear. Here the aggregate is over time: each client's mean update of a whole training, as a client that sends only its
accumulated update, or a server that keeps only sums, would show it. The mean is taken before anything is read off it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from attacks.attack import Attack, FittedAttack, Progress, Scores, Shapes
from attacks.averages import Group, averages
from attacks.bias import Bias
from attacks.knowledge import Knowledge
from attacks.logistic import Logistic
from attacks.moments import Moments
from attacks.reduced_matrix import Matrix, reduced_matrix
from attacks.shadow import Shadow
from attacks.taught import Learned
from attacks.update_set import UpdateSet
from fedser.seeds import Stream
from fedser.updates.reductions import ReductionConfig
from fedser.updates.store import Row

Linear = Annotated[Bias | Logistic | Moments, Field(discriminator="name")]


class Aggregate(Attack):
    """A linear attack on each client's mean update over its rounds, whose score stands for all of them."""

    source: ClassVar[str] = "Kerkouche et al. 2023 (arXiv 2303.03908): linear models of aggregated updates"
    knowledge: ClassVar[Knowledge] = "aggregates"
    name: Literal["aggregate"] = "aggregate"
    attack: Linear = Field(Logistic(), description="the linear attack on the mean updates")

    def needs(self, parameters: Shapes) -> tuple[str, ...]:
        """What the linear attack needs."""
        return self.attack.needs(parameters)

    def reductions(self, parameters: Shapes) -> None:
        """None: it reads whole updates, since what is made of their mean is not the mean of what is made of them."""
        return

    def _fit(self, shadow: Shadow, stream: Stream, workdir: Path, progress: Progress) -> "FittedAggregate":
        public = shadow.updates.public
        reduction = self.attack.reduction(public.parameters)
        first = [rows[0] for rows in rounds_of_clients(shadow.updates.rows).values()]
        x = aggregated(shadow.updates, reduction, progress)
        learned = self.attack.learn(x, shadow.subset(first), stream("attack"), progress)
        return FittedAggregate(public, reduction, learned, self.attack.place(public.parameters))


@dataclass(frozen=True)
class FittedAggregate(FittedAttack):
    """What was learned from the mean updates of shadow clients."""

    reduction: ReductionConfig
    learned: Learned
    place: str

    def _scores(self, target: UpdateSet, progress: Progress) -> dict[str, Scores]:
        clients = rounds_of_clients(target.rows)
        answers = self.learned(aggregated(target, self.reduction, progress))
        scores = np.empty((len(target), answers.shape[1]))
        for rows, answer in zip(clients.values(), answers, strict=True):
            scores[rows] = answer
        return {self.place: scores}

    def _group_scores(self, target: UpdateSet, groups: Sequence[Group], progress: Progress) -> dict[str, Scores]:
        return {self.place: self.learned(reduced_matrix(averages(target, groups), self.reduction, progress))}


def rounds_of_clients(rows: Sequence[Row]) -> Mapping[tuple[str, str], list[int]]:
    """The places among ``rows`` of each training's each client, in the order in which these first appear."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        found.setdefault((row.training, row.client), []).append(place)
    return found


def aggregated(updates: UpdateSet, reduction: ReductionConfig, progress: Progress) -> Matrix:
    """What ``reduction`` makes of each client's mean update, float32 [clients, numbers]; one update in memory."""
    return reduced_matrix(averages(updates, list(rounds_of_clients(updates.rows).values())), reduction, progress)
