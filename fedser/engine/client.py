"""What one client does in a round, whichever engine runs it: train, defend, send."""

import math
from dataclasses import dataclass

import numpy as np
import torch

from fedser.algorithms.algorithm import ClientData, Local
from fedser.engine.simulation import Simulation
from fedser.errors import ClientError
from fedser.models.parameters import load
from fedser.seeds import Stream
from fedser.updates.update import Arrays, Update


@dataclass(frozen=True)
class Reply:
    """A client's update, and its training loss, which is for the history only and never captured."""

    update: Update
    loss: float


class Client:
    """Trains clients of one simulation, one after the other, in one resident network."""

    def __init__(self, simulation: Simulation, features: int) -> None:
        self._simulation = simulation
        stream = simulation.stream("init")
        self._network = simulation.task.network(simulation.defended_model, features, stream)

    def reply(self, number: int, name: str, broadcast: Arrays, data: ClientData) -> Reply:
        """What client ``name`` sends in round ``number``; raises ClientError naming both when it fails."""
        stream = self._simulation.stream("client", name, number)
        load(self._network, broadcast)
        self._network.train()
        try:
            local = self._simulation.algorithm.local(self._network, self._simulation.task, data, stream)
        except (ArithmeticError, RuntimeError, ValueError, IndexError, TypeError) as error:
            raise ClientError(f"{self._place(number, name)}: {type(error).__name__}: {error}") from error
        if not math.isfinite(local.loss):
            raise ClientError(
                f"{self._place(number, name)}: the loss is {local.loss}: look for non-finite features,"
                f" or lower algorithm.learning_rate (it is {self._simulation.algorithm.learning_rate})"
            )
        sent = self._defend(local, broadcast, stream)
        if not all(np.isfinite(array).all() for array in sent.values()):
            raise ClientError(
                f"{self._place(number, name)}: its update is not finite, although its loss is {local.loss:g}:"
                f" lower algorithm.learning_rate (it is {self._simulation.algorithm.learning_rate})"
            )
        return Reply(Update(number, name, local.examples, sent), local.loss)

    def _defend(self, local: Local, broadcast: Arrays, stream: Stream) -> Arrays:
        acting = [defense for defense in self._simulation.defenses if defense.changes_update]
        if not acting:
            return local.arrays
        algorithm = self._simulation.algorithm
        update = algorithm.as_update(local.arrays, broadcast)
        for position, defense in enumerate(acting):
            update = defense.on_update(update, stream("defense", position, defense.name))
        return algorithm.as_sent(update, broadcast)

    def _place(self, number: int, name: str) -> str:
        return f"training {self._simulation.training}, round {number}, {name}"


class one_thread:  # noqa: N801 - a context manager, used like a function
    """One torch thread inside the block: equal results everywhere, and no thrashing on few cores."""

    def __enter__(self) -> None:
        self._before = torch.get_num_threads()
        torch.set_num_threads(1)

    def __exit__(self, *_: object) -> None:
        torch.set_num_threads(self._before)
