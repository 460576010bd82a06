"""What every engine is: it turns trainings into results, and says nothing else of them."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence

from fedser.config import Plugin
from fedser.engine.history import State
from fedser.engine.training import Training


class Engine(Plugin):
    """How a training is executed; the same seed gives the same result in every engine."""

    @abstractmethod
    def run(self, training: Training) -> State:
        """Train and return the final state; resumes from ``training.keep`` where it holds one. Raises ClientError."""

    def check(self) -> None:
        """Raise ConfigError where this machine has not what the settings ask for; by itself an engine asks nothing."""
        return

    @property
    def alters(self) -> Mapping[str, str]:
        """Its settings by which a result is another one, and not only computed in another way; here there are none."""
        return {}

    def run_all(
        self, trainings: Sequence[Training], finished: Callable[[int, State], None], workers: int | None = None
    ) -> None:
        """Run independent trainings, on ``workers`` cores at most (by default all), nor on more than its settings say.

        ``finished`` is told the place and the final state of each, as it ends.
        """
        for place, training in enumerate(trainings):
            finished(place, self.run(training))
