"""What every engine is: it turns trainings into results, and says nothing else of them."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import final

from fedser.config import Plugin
from fedser.defenses import DefenseConfig
from fedser.devices import one_thread
from fedser.engine.client import Clients
from fedser.engine.client_states import ClientStates
from fedser.engine.data import OpenData
from fedser.engine.history import State
from fedser.engine.loop import Wanted
from fedser.engine.parts import whole_parts
from fedser.engine.simulation import Simulation
from fedser.engine.training import Observer, Training
from fedser.errors import ConfigError


class Engine(Plugin):
    """How a training is executed; the same seed gives the same result in every engine."""

    @abstractmethod
    def run(self, training: Training) -> State:
        """Train and return the final state; resumes from ``training.keep`` where it holds one.

        Raises ClientError, and ConfigError where the engine does not ``admit`` it.
        """

    @abstractmethod
    def clients(self, simulation: Simulation, data: OpenData, states: ClientStates | None = None) -> Clients:
        """The clients of a training, trained in this process; what they keep between their rounds is in ``states``."""

    def check(self) -> None:
        """Raise ConfigError where this machine has not what the settings ask for; by itself an engine asks nothing."""
        return

    def check_groups(self, defense: DefenseConfig) -> None:
        """Raise ConfigError where the settings cannot show an observer groups of clients, as that defense does."""
        if defense.between_nodes:
            raise ConfigError(
                f"engine.name: {type(self).model_fields['name'].default}, but {defense.label} is a protocol between"
                " Flower's nodes; choose engine flower with nodes: per_client, or protocol: simulated"
            )

    @final
    def admit(self, simulation: Simulation) -> None:
        """Raise ConfigError where the settings cannot show an observer what this training's defenses let it see."""
        if grouping := simulation.grouping:
            self.check_groups(grouping)

    @property
    def alters(self) -> Mapping[str, str]:
        """Its settings by which a result is another one, and not only computed in another way; here there are none."""
        return {}

    def processes(self, seconds: Callable[[], float], most: int | None = None) -> int:
        """How many processes, ``most`` at most, work of so many ``seconds`` on one core is worth: here always one."""
        return 1

    def within_memory(self) -> AbstractContextManager[None]:
        """What clients are trained in, so that memory that is not enough is an error in words."""
        return nullcontext()

    def run_all(
        self, trainings: Sequence[Training], finished: Callable[[int, State], None], workers: int | None = None
    ) -> None:
        """Run independent trainings, on ``workers`` cores at most (by default all), nor on more than its settings say.

        ``finished`` is told the place and the final state of each, as it ends.
        """
        for place, training in enumerate(trainings):
            finished(place, self.run(training))

    @final
    def ask(self, simulation: Simulation, data: OpenData, asked: Iterable[Wanted], shown: Observer) -> None:
        """Show what clients send at models that no training of theirs has made: nothing is averaged, no step is taken.

        ``shown`` is given each part of what was ``asked``, in turn. Nobody keeps anything from one model to the next: a
        defense acts as in a client's first round. Raises ClientError as ``run`` does.
        """
        with one_thread(), self.within_memory():
            clients = self.clients(simulation, data)
            for wanted in asked:
                replies, sight = (
                    clients.replies(wanted.number, wanted.broadcast, wanted.clients),
                    wanted.sight(simulation),
                )
                for part in whole_parts(len(wanted.clients), replies):
                    for seen in sight(part):
                        shown(seen)
