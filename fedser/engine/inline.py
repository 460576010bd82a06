"""The slow, obviously right engine: one client after the other, in this process. The oracle of the others."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from fedser.engine.client import Client, Reply, one_thread
from fedser.engine.data import TrainingData
from fedser.engine.engine import Engine
from fedser.engine.history import State
from fedser.engine.loop import Keep, Observer, train
from fedser.engine.simulation import Simulation
from fedser.updates.update import Arrays


class Inline(Engine):
    """A plain loop over the sampled clients in this process."""

    source: ClassVar[str] = "McMahan et al. 2017, algorithm 1"
    name: Literal["inline"] = "inline"

    def run(
        self, simulation: Simulation, data: TrainingData, observers: Sequence[Observer] = (), keep: Keep | None = None
    ) -> State:
        """Train every sampled client in turn."""
        opened = data.open()
        client = Client(simulation, opened.x.shape[1])

        def collect(number: int, broadcast: Arrays, names: list[str]) -> list[Reply]:
            return [client.reply(number, name, broadcast, opened.client(name)) for name in names]

        with one_thread():
            return train(simulation, opened, collect, observers, keep)
