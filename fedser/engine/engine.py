"""What every engine is: it turns a simulation and its data into a result, and says nothing else of either."""

from abc import abstractmethod
from collections.abc import Sequence

from fedser.config import Plugin
from fedser.engine.data import TrainingData
from fedser.engine.history import State
from fedser.engine.loop import Keep, Observer
from fedser.engine.simulation import Simulation


class Engine(Plugin):
    """How a training is executed; the same seed gives the same result in every engine."""

    @abstractmethod
    def run(
        self, simulation: Simulation, data: TrainingData, observers: Sequence[Observer] = (), keep: Keep | None = None
    ) -> State:
        """Train and return the final state; resumes from ``keep`` where it holds one. Raises ClientError."""
