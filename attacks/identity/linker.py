"""What every linker is: learned on shadow updates, then a direction for each target update, compared by cosine."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from pydantic import Field

from attacks.attack import Progress, Shapes, silent
from attacks.knowledge import Knowledge
from attacks.least_squares import LeastSquares
from attacks.logistic import Logistic
from attacks.moments import Moments
from attacks.pull_back import PullBack
from attacks.reduced import ReducedAttack
from attacks.reduced_matrix import Matrix, reduced_matrix
from attacks.second_moments import SecondMoments
from attacks.shadow import Shadow
from attacks.update_set import UpdateSet, refuse_other_architecture
from fedser.config import Plugin
from fedser.errors import InputError
from fedser.metrics.recall import Floats
from fedser.seeds import Stream
from fedser.updates.reductions import ReductionConfig
from fedser.updates.update import Sends

Embedding = np.ndarray[Any, np.dtype[np.float32]]
"""A direction for each update, [updates, dims]."""

_READERS: dict[str, ReducedAttack] = {
    "mean_input": Logistic(),
    "least_squares": LeastSquares(),
    "second_moments": SecondMoments(),
    "moments": Moments(),
    "pull_back": PullBack(),
}
"""By what linkers read: the attack that reads the same of an update."""


class Linker(Plugin):
    """Embeds updates: what it makes of each, then what it has learned from the shadow speakers of how voices differ."""

    name: str
    reads: Literal["mean_input", "least_squares", "second_moments", "moments", "pull_back"] = Field(
        "mean_input", description="what it makes of each update, as the attacks that are named for it do"
    )

    @final
    @property
    def label(self) -> str:
        """Its name in ``identity.csv``."""
        return f"{self.name}-{self.reads}"

    @final
    @property
    def reader(self) -> ReducedAttack:
        """An attack that reads the same, and so needs the same of a capture and of an architecture."""
        return _READERS[self.reads]

    @final
    def needs_to_know(self, sends: Sends) -> frozenset[Knowledge]:
        """What its adversary must know: each update by itself, and what reading it takes."""
        return self.reader.needs_to_know(sends) | {"updates"}

    @final
    def reduction(self, parameters: Shapes) -> ReductionConfig:
        """All that it reads of an update; raises ConfigError where it cannot be made of such an architecture."""
        return self.reader.reduction(parameters)

    @final
    def fit(self, shadow: Shadow, stream: Stream, progress: Progress = silent) -> "FittedLinker":
        """Learn from shadow updates and whose they are; their attribute is not looked at.

        Raises InputError where fewer than two shadow persons, or only such of one update, are there.
        """
        persons, numbers = np.unique(np.array(shadow.persons), return_inverse=True)
        if len(persons) < 2 or np.bincount(numbers).max() < 2:
            raise InputError(f"identity: {len(shadow.updates)} shadow updates of {len(persons)} persons say nothing")
        reduction = self.reduction(shadow.updates.public.parameters)
        x = reduced_matrix(shadow.updates, reduction, progress)
        return FittedLinker(shadow.updates, reduction, self.learn(x, numbers, stream))

    @abstractmethod
    def learn(self, x: Matrix, persons: np.ndarray[Any, np.dtype[np.intp]], stream: Stream) -> "Map":
        """The map of reductions [updates, numbers] to directions, from those of shadow ``persons`` [updates]."""


@dataclass(frozen=True)
class Map:
    """Numbers are centred and scaled, ``(x - mean) / scale``, and where there is a ``rotation``, projected by it."""

    mean: Floats
    scale: Floats
    rotation: Floats | None = None

    @classmethod
    def standard(cls, x: Matrix) -> "Map":
        """Each number to mean 0 and deviation 1 over ``x``; one that never varies to 0."""
        deviation = x.std(axis=0, dtype=np.float64)
        return cls(x.mean(axis=0, dtype=np.float64), np.where(deviation > 0, deviation, np.inf))

    def __call__(self, x: Matrix) -> Floats:
        """Float64 [updates, dims]."""
        scaled: Floats = (x - self.mean) / self.scale
        return scaled if self.rotation is None else scaled @ self.rotation


@dataclass(frozen=True)
class FittedLinker:
    """What was learned from shadow updates."""

    shadow: UpdateSet
    reduction: ReductionConfig
    map: Map

    def embed(self, target: UpdateSet, progress: Progress = silent) -> Embedding:
        """Float32 [updates, dims] of the target's updates, in the order of its rows, each of length 1.

        They are centred on the mean of all that is observed, of which no one need know whose it is: what another
        corpus or training moves in all updates alike says nothing of one speaker.
        """
        refuse_other_architecture(self.shadow.public, target.public, f"training {target.public.training}")
        found = self.map(reduced_matrix(target, self.reduction, progress))
        found -= found.mean(axis=0)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return (found / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
