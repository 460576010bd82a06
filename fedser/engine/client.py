"""What one client does in a round, whichever engine runs it: train, check, defend, send."""

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from fedser.algorithms.algorithm import Rows
from fedser.engine.client_states import ClientStates, Kept
from fedser.engine.data import OpenData
from fedser.engine.learner import Aim, Learner, Learnt, Work
from fedser.engine.parts import Reply, shares
from fedser.engine.simulation import Simulation
from fedser.errors import ClientError
from fedser.updates.update import Array, Arrays, Update

NAMED = 5
"""Clients that an error names, at most."""

FAILURES = (ArithmeticError, RuntimeError, ValueError, IndexError, TypeError)
"""What a client's arithmetic may raise."""


def named(clients: Sequence[str]) -> str:
    """The clients, or the first of them and the number of the others."""
    more = f" and {len(clients) - NAMED} more" if len(clients) > NAMED else ""
    return ", ".join(clients[:NAMED]) + more


class Clients:
    """The clients of one simulation, whose arithmetic ``learner`` does.

    What they keep between their rounds is in ``states``; without these, each round is as their first.
    """

    def __init__(
        self, simulation: Simulation, data: OpenData, learner: Learner, states: ClientStates | None = None
    ) -> None:
        self._simulation, self._data, self._learner, self._states = simulation, data, learner, states
        self._defenses = [defense for defense in simulation.defenses if defense.changes_update]

    def replies(self, number: int, broadcast: Arrays, names: Sequence[str]) -> Iterator[Reply]:
        """What each named client sends in round ``number``, in turn.

        Raises ClientError naming the one that fails, or those among which it is where they learn together.
        """
        ahead, works = itertools.tee(self.works(number, names))
        learning = self._learner.learn(broadcast, ahead)
        for place, name in enumerate(names):
            try:
                learnt = next(learning)
            except torch.OutOfMemoryError:
                raise  # of the device, and no client's
            except FAILURES as error:
                # The first of a stack, since what fails does so before any of them is done.
                stack = self.place(number, names[place : place + self._learner.width])
                raise ClientError(f"{stack}: {type(error).__name__}: {error}") from error
            yield self.reply(number, name, broadcast, next(works), learnt)

    def works(self, number: int, names: Sequence[str]) -> Iterator[Work]:
        """The work of each client in round ``number``: a part's at once, since between clients its code is cold."""
        for run in shares(len(names)):
            yield from [self._work(number, name) for name in names[run.start : run.stop]]

    def _work(self, number: int, name: str) -> Work:
        rows, stream = self._data.train_rows(name), self._simulation.client_stream(name, number)
        plan = self._simulation.algorithm.plan(len(rows), stream)
        batches = tuple(rows[batch] for batch in plan.batches)
        return Work(batches, plan.examples, stream("dropout").torch(), self._aim(number, batches))

    def _aim(self, number: int, batches: Sequence[Rows]) -> Aim | None:
        """What the client minimises beside the task's loss; mostly nothing."""
        objective, attributes = self._simulation.objective, self._data.attributes
        if objective is None:
            return None
        known = () if attributes is None else tuple(attributes[batch] for batch in batches)
        return Aim(objective.strength_at(number, self._simulation.rounds), known)

    def reply(self, number: int, name: str, broadcast: Arrays, work: Work, learnt: Learnt) -> Reply:
        """What a client that has learnt sends; raises ClientError where that is not finite."""
        sent = self._defend(learnt.arrays, broadcast, number, name) if self._defenses else learnt.arrays
        self._refuse_infinite(learnt, sent, number, name)
        return Reply(Update(number, name, work.examples, sent), learnt.loss)

    def _defend(self, arrays: Arrays, broadcast: Arrays, number: int, name: str) -> Arrays:
        algorithm, stream = self._simulation.algorithm, self._simulation.client_stream(name, number)
        update = algorithm.as_update(arrays, broadcast)
        before: Kept = self._states.before(name, number) if self._states else {}
        after: dict[int, Arrays] = {}
        for position, defense in enumerate(self._defenses):
            own, kept = stream("defense", position, defense.name), before.get(position, {})
            update, after[position] = defense.on_round(update, kept, own)
        if self._states:
            self._states.keep(name, number, after)
        return algorithm.as_sent(update, broadcast)

    def _refuse_infinite(self, learnt: Learnt, sent: Arrays, number: int, name: str) -> None:
        advice = f"lower algorithm.learning_rate (it is {self._simulation.algorithm.learning_rate})"
        if not math.isfinite(learnt.loss):
            raise ClientError(
                f"{self.place(number, [name])}: the loss is {learnt.loss}: look for non-finite features, or {advice}"
            )
        if not all(map(_finite, sent.values())):
            raise ClientError(
                f"{self.place(number, [name])}: its update is not finite,"
                f" although its loss is {learnt.loss:g}: {advice}"
            )

    def place(self, number: int, names: Sequence[str]) -> str:
        """Where something has failed: training, round and clients."""
        return f"training {self._simulation.training}, round {number}, {named(names)}"


def _finite(array: Array) -> bool:
    """Only what is finite has a finite sum; a sum may overflow, though, and then each element is looked at."""
    return math.isfinite(torch.from_numpy(array).sum().item()) or bool(np.isfinite(array).all())
