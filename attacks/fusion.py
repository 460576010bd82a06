"""Several attacks in one, each weighed by what it said of shadow speakers that it had not been taught with.

Stacked generalisation (Wolpert 1992): the shadow speakers are dealt into folds; each member is taught without a fold's
speakers and scores their updates; the weights are learned from all these scores (see ``attacks.staged``), and then each
member is taught with everybody. The layers of a member count as inputs of their own, and weights may change over the
rounds of a training.

Members may learn from shadow trainings or from aligned shadows, in one fusion. Each is then asked about the held-out
speakers' updates of both kinds, and the weights are learned from both: the trained ones know how well a model comes to
fit its own clients, the aligned ones know the very model, and either knowledge counts more at another stage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from attacks.attack import Attack, FittedAttack, Progress, Scores, Shapes
from attacks.averages import Group
from attacks.kept import kept
from attacks.learners import LearnerConfig
from attacks.least_squares import LeastSquares
from attacks.linear import Penalty
from attacks.logistic import Logistic
from attacks.pull_back import PullBack
from attacks.shadow import Shadow
from attacks.splits import speaker_folds
from attacks.staged import Staged, best_penalty, learn_staged, log_scores, stage_weights, weighed
from attacks.update_set import UpdateSet
from fedser.artifacts.files import value_hash, write_json
from fedser.metrics.recall import Floats, Ints
from fedser.seeds import Stream
from fedser.updates.reductions import ReductionConfig
from fedser.updates.update import layers_of


class Fusion(Attack):
    """Any attacks, fused with weights that are learned on shadow speakers for each stage of a training."""

    source: ClassVar[str] = "Wolpert 1992 (stacked generalisation); Breiman 1996, weights that are not negative"
    members_choose: ClassVar[bool] = True
    name: Literal["fusion"] = "fusion"
    attacks: tuple[LearnerConfig, ...] = Field(
        (Logistic(), LeastSquares(), PullBack()),
        description="its members; each may say what shadow it learns from (both: twice, once from each)",
    )
    folds: int = Field(5, ge=2, description="speaker-disjoint folds of the shadow data by which members are weighed")
    penalty: tuple[Penalty, ...] = Field(
        (0.1, 1.0, 10.0, 100.0), description="pulls towards equal weights to choose from, by shadow speakers"
    )
    knots: int = Field(4, ge=1, description="rounds at which a weight is learned, even by their logarithm; 1: constant")

    @model_validator(mode="after")
    def _something_to_choose(self) -> Self:
        for key, given in (("attacks", self.attacks), ("penalty", self.penalty)):
            if not given:
                raise ValueError(f"{key}: none is given")
        return self

    @property
    def members(self) -> tuple[Attack, ...]:
        """Its attacks, each once for every kind of shadow that it learns from."""
        return tuple(lesson for attack in self.attacks for lesson in attack.lessons())

    def needs(self, parameters: Shapes) -> tuple[str, ...]:
        """What its members need, input side first."""
        needed = {layer for attack in self.attacks for layer in attack.needs(parameters)}
        return tuple(layer for layer in layers_of(parameters) if layer in needed)

    def reductions(self, parameters: Shapes) -> tuple[ReductionConfig, ...] | None:
        """What is enough for each member; None where one reads whole updates."""
        read = [attack.reductions(parameters) for attack in self.attacks]
        return None if None in read else tuple(dict.fromkeys(one for each in read for one in each or ()))

    def _fit(self, shadow: Shadow, stream: Stream, workdir: Path, progress: Progress) -> "FittedFusion":
        teach = _Teacher(self, shadow, stream, workdir, progress)
        fold = speaker_folds(shadow, self.folds, stream("folds"))
        members = range(len(self.members))
        held_out = [teach.held_out(place, fold) for place in members]
        logarithms = log_scores([scores for by_layer in held_out for scores in by_layer.values()])
        penalty, fused = best_penalty(logarithms, shadow, fold, self.knots, self.penalty)
        weights = learn_staged(logarithms, shadow, self.knots, penalty)
        names = [f"{place}.{self.members[place].name}/{layer}" for place in members for layer in held_out[place]]
        told = {"penalty": penalty, "weights": dict(zip(names, weights.weights.tolist(), strict=True))}
        write_json(workdir / "weights.json", told)
        fitted = tuple(teach.fit(place, np.arange(len(fold)), "all") for place in members)
        return FittedFusion(shadow.updates.public, fitted, weights, stage_weights(fused, shadow))


@dataclass(frozen=True)
class _Teacher:
    """Teaches the members of a fusion, by their places."""

    fusion: Fusion
    shadow: Shadow
    stream: Stream
    workdir: Path
    progress: Progress

    def fit(self, place: int, rows: Ints, name: str) -> FittedAttack:
        """One member, taught with those of the updates ``rows`` that are of its kind."""
        member, own = self.fusion.members[place], self.stream("member", place, name)
        if self.fusion.mixed:
            rows = np.intersect1d(rows, self.shadow.of_kind(*member.shadows))
        return member.fit(self.shadow.subset(rows), own, self._folder(place) / name, self._told(place, name))

    def held_out(self, place: int, fold: Ints) -> dict[str, Scores]:
        """By layer, what one member says of each fold's updates, of either kind, when taught without its speakers."""
        merged: dict[str, Scores] = {}
        for held in np.unique(fold).tolist():
            asked = np.flatnonzero(fold == held)
            for layer, scores in self._scores(place, held, fold, asked).items():
                merged.setdefault(layer, np.empty((len(fold), scores.shape[1])))[asked] = scores
        return merged

    def _scores(self, place: int, held: int, fold: Ints, asked: Ints) -> Mapping[str, Scores]:
        name, target = f"fold-{held}", self.shadow.updates.subset(asked)
        told = self._told(place, name)

        def make() -> Mapping[str, Scores]:
            return self.fit(place, np.flatnonzero(fold != held), name).scores(target, told)

        what = [self.shadow.labels, self.shadow.updates.rows, fold.tolist(), sorted(self.shadow.aligned)]
        member = self.fusion.members[place].model_dump(mode="json")
        identity = value_hash([member, held, *what, self.stream.seed, self.stream.names])[:16]
        return kept(self._folder(place) / f"{name}-{identity}.safetensors", make)

    def _folder(self, place: int) -> Path:
        return self.workdir / f"member-{place}"

    def _told(self, place: int, name: str) -> Progress:
        member = self.fusion.members[place]
        return lambda what, done, total: self.progress(f"{place}.{member.name}, {name}: {what}", done, total)


@dataclass(frozen=True)
class FittedFusion(FittedAttack):
    """The members, taught with all shadows, and the weights of their layers."""

    members: tuple[FittedAttack, ...]
    staged: Staged
    worth: Staged

    @property
    def stages(self) -> Mapping[str, Staged]:
        """By held-out shadow speakers, of whom neither members nor weights knew."""
        return {"fused": self.worth}

    def _scores(self, target: UpdateSet, progress: Progress) -> dict[str, Scores]:
        asked = [member.scores(target, progress) for member in self.members]
        return self._fused(asked, self.staged.at(target.rounds))

    def _group_scores(self, target: UpdateSet, groups: Sequence[Group], progress: Progress) -> dict[str, Scores]:
        asked = [member.group_scores(target, groups, progress) for member in self.members]
        weights = self.staged.at(target.rounds)
        return self._fused(asked, np.stack([weights[list(group)].mean(axis=0) for group in groups]))

    def _fused(self, asked: Sequence[Mapping[str, Scores]], weights: Floats) -> dict[str, Scores]:
        scores = [one for by_layer in asked for one in by_layer.values()]
        return {"fused": weighed(log_scores(scores), weights)}
