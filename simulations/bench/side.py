"""What every side of the comparison is: it runs the same training and tells when each round is over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import nn

from fedser.engine.data import TrainingData
from fedser.engine.simulation import Simulation
from fedser.updates.update import Arrays

Tick = Callable[[], None]
"""Called at the end of each round, when the server has averaged and scored its new model."""


@dataclass(frozen=True)
class Job:
    """One training to be run by every side."""

    simulation: Simulation
    data: TrainingData

    def network(self) -> nn.Module:
        """The initial network, the same on every side."""
        return self.simulation.network(self.data.open().x.shape[1])

    @property
    def cohort(self) -> int:
        """How many clients train in a round."""
        return self.simulation.algorithm.cohort_size(len(self.data.open().clients))


@dataclass(frozen=True)
class Outcome:
    """What a side computed, one value per round; by it the sides are held against each other.

    ``best_score`` is the selected round's validation UAR, None where a side selects none; scores are NaN where
    nothing was held out.
    """

    train_loss: tuple[float, ...]
    validation_accuracy: tuple[float, ...]
    test_accuracy: tuple[float, ...]
    best_score: float | None
    model: Arrays


class Side(Protocol):
    """Ours, theirs, or the floor."""

    @property
    def name(self) -> str:
        """How the tables call it."""

    def run(self, job: Job, tick: Tick) -> Outcome:
        """Train; calls ``tick`` at the end of each round."""
