"""What one client does in a round, whichever engine runs it: train, check, defend, send."""

import itertools
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from fedser.algorithms.algorithm import Algorithm, Rows
from fedser.defenses.roles import ALL_SHARED, Roles
from fedser.defenses.turns import Share, Turn
from fedser.engine.client_states import OWN, ClientStates, Kept
from fedser.engine.data import OpenData
from fedser.engine.learner import Aim, Learner, Learnt, Watch, Work
from fedser.engine.parts import Reply, shares
from fedser.engine.simulation import Simulation
from fedser.errors import ClientError
from fedser.seeds import Stream
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
        self._drawing = [defense for defense in simulation.defenses if defense.changes_batches]
        self._parameters = _parameters(simulation, data) if simulation.changes_roles else ()
        self._bounding = next((defense for defense in simulation.defenses if defense.changes_gradient), None)
        self._uniform = any(defense.uniform for defense in simulation.defenses)
        self._schedule = simulation.schedule(len(data.clients))

    @property
    def plain(self) -> bool:
        """Whether they send what they have learnt, and keep nothing."""
        return not self._defenses and not self._parameters

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
        roles = self._roles(number)
        for run in shares(len(names)):
            yield from [self._work(number, name, roles) for name in names[run.start : run.stop]]

    def _roles(self, number: int) -> Roles:
        return self._simulation.roles(self._parameters, number) if self._parameters else ALL_SHARED

    def _work(self, number: int, name: str, roles: Roles) -> Work:
        rows, stream = self._data.train_rows(name), self._simulation.client_stream(name, number)
        plan = self._simulation.algorithm.plan(len(rows), stream)
        batches = tuple(rows[batch] for batch in self._batches(rows, plan.batches, stream))
        examples = 1 if self._uniform else plan.examples
        own = self._kept(number, name).get(OWN, {}) if roles.own else {}
        masks, aim = stream("dropout").torch(), self._aim(number, batches)
        work = Work(batches, examples, masks, aim, own, roles.frozen, watch=self._watch(name))
        if self._bounding is None:
            return work
        bound = self._bounding.on_gradient(self._schedule, Share(len(rows), len(batches)))
        return replace(work, bound=bound, noise=stream("gradient").torch())

    def _watch(self, name: str) -> Watch | None:
        """A client without validation rows has nothing to watch, and trains for all epochs."""
        algorithm = self._simulation.algorithm
        if algorithm.watched is None or not len(rows := self._data.partition.validation_rows(name)):
            return None
        steps = math.ceil(len(self._data.train_rows(name)) / algorithm.batch_size)
        return Watch(algorithm.watched, rows, steps)

    def _batches(self, rows: Rows, planned: tuple[Rows, ...], stream: Stream) -> tuple[Rows, ...]:
        """Batches of the client's ``rows`` as planned, and as defenses have them drawn instead."""
        for defense in self._drawing:
            y, attributes = self._data.y[rows], self._data.attributes
            known = y[:0] if attributes is None else attributes[rows]
            planned = defense.on_batches(planned, y, known, stream("defense", "batches", defense.name))
        return planned

    def _aim(self, number: int, batches: Sequence[Rows]) -> Aim | None:
        """What the client minimises beside the task's loss; mostly nothing."""
        objective, attributes = self._simulation.objective, self._data.attributes
        if objective is None:
            return None
        known = () if attributes is None else tuple(attributes[batch] for batch in batches)
        return Aim(objective.strength_at(number, self._simulation.rounds), known)

    def reply(self, number: int, name: str, broadcast: Arrays, work: Work, learnt: Learnt) -> Reply:
        """What a client that has learnt sends; raises ClientError where that is not finite."""
        sent = learnt.arrays if self.plain else self._defend(learnt.arrays, broadcast, number, name, work)
        self._refuse_infinite(learnt, sent, number, name)
        return Reply(Update(number, name, work.examples, sent), learnt.loss)

    def _defend(self, arrays: Arrays, broadcast: Arrays, number: int, name: str, work: Work) -> Arrays:
        """What is sent of what is shared; what is not comes as if nothing had been learnt of it."""
        roles, algorithm = self._roles(number), self._simulation.algorithm
        shared = {each: arrays[each] for each in roles.shared(arrays)}
        turn = Turn(self._schedule, Share(len(self._data.train_rows(name)), len(work.batches)), broadcast)
        sent, kept = self._defend_shared(shared, turn, number, name, work)
        if roles.own:
            kept[OWN] = _own_step(algorithm, {**broadcast, **work.own}, arrays, roles.own)
        if self._states:
            self._states.keep(name, number, kept)
        if len(sent) == len(arrays):
            return sent
        still = algorithm.as_sent({each: np.zeros_like(broadcast[each]) for each in roles.withheld(arrays)}, broadcast)
        return {each: sent[each] if each in sent else still[each] for each in arrays}

    def _defend_shared(
        self, arrays: Arrays, turn: Turn, number: int, name: str, work: Work
    ) -> tuple[Arrays, dict[int, Arrays]]:
        """What is sent instead of ``arrays``, and what the client keeps for each defense."""
        algorithm, stream = self._simulation.algorithm, self._simulation.client_stream(name, number)
        if not self._defenses:
            return arrays, {}
        update = algorithm.as_update(arrays, turn.broadcast)
        before, after = self._kept(number, name), dict[int, Arrays]()
        for position, defense in enumerate(self._defenses):
            own, kept = stream("defense", position, defense.name), before.get(position, {})
            update, after[position] = defense.in_turn(turn).on_round(update, kept, own)
            if defense.sees_inputs:
                rows = np.unique(np.concatenate(work.batches))
                update = defense.on_inputs(update, {**turn.broadcast, **work.own}, self._data.x[rows])
        return algorithm.as_sent(update, turn.broadcast), after

    def _kept(self, number: int, name: str) -> Kept:
        return self._states.before(name, number) if self._states else {}

    def _refuse_infinite(self, learnt: Learnt, sent: Arrays, number: int, name: str) -> None:
        advice = f"lower algorithm.learning_rate (it is {self._simulation.algorithm.learning_rate})"
        if (objective := self._simulation.objective) and objective.strength:
            advice += f", or the strength of {objective.label}"
        if not math.isfinite(learnt.loss):
            raise ClientError(
                f"{self.place(number, [name])}: the loss is {learnt.loss}: look for non-finite features, or {advice}"
            )
        learnt_too = learnt.arrays.values() if self._parameters else ()  # what is the client's own is not sent
        if not all(map(_finite, itertools.chain(sent.values(), learnt_too))):
            raise ClientError(
                f"{self.place(number, [name])}: its update is not finite,"
                f" although its loss is {learnt.loss:g}: {advice}"
            )

    def place(self, number: int, names: Sequence[str]) -> str:
        """Where something has failed: training, round and clients."""
        return f"training {self._simulation.training}, round {number}, {named(names)}"


def _parameters(simulation: Simulation, data: OpenData) -> tuple[str, ...]:
    return tuple(name for name, _ in simulation.network(data.x.shape[1]).named_parameters())


def _own_step(algorithm: Algorithm, before: Arrays, arrays: Arrays, own: Collection[str]) -> Arrays:
    """What is a client's own after a round: it takes the server's step by itself, of what it alone has learnt."""
    names = [name for name in arrays if name in own]
    return algorithm.server_step({name: before[name] for name in names}, {name: arrays[name] for name in names})


def _finite(array: Array) -> bool:
    """Only what is finite has a finite sum; a sum may overflow, though, and then each element is looked at."""
    return math.isfinite(torch.from_numpy(array).sum().item()) or bool(np.isfinite(array).all())
