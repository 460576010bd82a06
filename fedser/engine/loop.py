"""The server, the same in every engine: sample, broadcast, gather, average, step, score, keep.

Engines differ in how the sampled clients are trained and the model is scored. The server is asked for each round and
told what came back, so that several trainings can go on side by side.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from fedser.algorithms.average import Average
from fedser.engine.checkpoint import clear_half_written, load_state, save_state
from fedser.engine.data import OpenData
from fedser.engine.evaluation import Scores
from fedser.engine.flock import Flock
from fedser.engine.history import HistoryRow, State
from fedser.engine.parts import Part
from fedser.engine.sight import Sight
from fedser.engine.simulation import Simulation
from fedser.engine.training import Training
from fedser.errors import EngineError
from fedser.updates.background import BackgroundWriter
from fedser.updates.update import Arrays, Round


@dataclass(frozen=True)
class Wanted:
    """What the server asks of a round's clients, which are sorted by name; are their updates ``shown`` to anyone?"""

    number: int
    broadcast: Arrays
    clients: list[str]
    shown: bool = True

    def sight(self, simulation: Simulation) -> Sight:
        """What an observer will see of it."""
        return Sight(self.number, self.broadcast, simulation.together(len(self.clients), self.number))


Collect = Callable[[Wanted], Iterable[Part]]
"""The parts of a round, in order; raises ClientError when a client fails."""

Evaluate = Callable[[Arrays], Scores]
"""How good a model is."""


def train(training: Training, data: OpenData, collect: Collect, evaluate: Evaluate) -> State:
    """Run all rounds, or those that are left after the last kept state, and return the final state."""
    with Server(training, data, evaluate) as server:
        while (wanted := server.wanted()) is not None:
            server.receive(collect(wanted))
    return server.state


class Server:
    """The server of one training; leave it as a context, so that what was captured is on disk whatever happens."""

    def __init__(self, training: Training, data: OpenData, evaluate: Evaluate) -> None:
        self._training, self._data, self._evaluate = training, data, evaluate
        self._schedule = training.simulation.schedule(len(data.clients))
        self._writer = BackgroundWriter(training.store) if training.store else None
        self.state = (load_state(training.keep.path) if training.keep else None) or _start(training, data)
        self._wanted: Wanted | None = None
        self._states, self._trained = training.client_states, set[str]()
        self._flock = _flock(training, data, self._schedule.fraction)

    def __enter__(self) -> Self:
        if self._training.store:
            self._training.store.begin()
        if self._training.keep:
            clear_half_written(self._training.keep.path)
        if self._training.seen_canaries:
            clear_half_written(self._training.seen_canaries)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer:
            self._writer.__exit__(kind, error, trace)

    def wanted(self) -> Wanted | None:
        """The next round, the same until it is received; None after the last."""
        simulation, number = self._training.simulation, self.state.round + 1
        if self._wanted is None and number <= simulation.rounds:
            clients = simulation.sampled(self._data.clients, number)
            self._wanted = Wanted(number, self.state.model, clients, self._training.shows(number))
        return self._wanted

    def receive(self, parts: Iterable[Part]) -> None:
        """Take what came back from the wanted clients, and go on to the next round."""
        wanted = self.wanted()
        if wanted is None:
            raise RuntimeError("all rounds are done: nothing was wanted")
        average, examples, losses = Average(len(wanted.clients)), list[int](), list[float]()
        mean: Arrays | None = None
        sight = wanted.sight(self._training.simulation)
        for part in parts:
            if wanted.shown and part.updates is not None:
                self._show(sight(part))
            if not part.averaged:
                _add(average, part)
            examples += part.examples
            losses += part.losses
            mean = part.mean
        if len(examples) != len(wanted.clients):
            raise EngineError(f"round {wanted.number}: {len(examples)} of {len(wanted.clients)} clients came back")
        model = self._stepped(wanted, average.mean() if mean is None else mean)
        model = _with_public(self._training, model, wanted.number)
        if self._flock:
            self._flock.watch(wanted.broadcast, model)
        scores = self._evaluate(model)
        row = HistoryRow(
            round=wanted.number,
            train_loss=_mean_loss(examples, losses),
            validation_accuracy=scores.validation_accuracy,
            validation_uar=scores.validation_uar,
            test_accuracy=scores.test_accuracy,
            test_uar=scores.test_uar,
        )
        self.state, self._wanted = _advance(self.state, model, row, scores.selection, self._training.simulation), None
        if self._states:
            self._trained.update(wanted.clients)
        self._save()
        self._training.ticked(wanted.number)

    def _stepped(self, wanted: Wanted, mean: Arrays) -> Arrays:
        """The next model, of which defenses may have the server change the mean first."""
        simulation, broadcast = self._training.simulation, wanted.broadcast
        if self._flock or any(defense.changes_mean for defense in simulation.defenses):
            mean = self._defended_mean(wanted, mean)
        return simulation.algorithm.server_step(broadcast, mean)

    def _defended_mean(self, wanted: Wanted, mean: Arrays) -> Arrays:
        """Of what clients share, with the canaries beside them; of what they do not share, the mean is what was
        broadcast, and stays so.
        """
        simulation, broadcast = self._training.simulation, wanted.broadcast
        shared = simulation.roles(tuple(mean), wanted.number).shared(mean)
        update = simulation.algorithm.as_update({name: mean[name] for name in shared}, broadcast)
        if self._flock:
            update = self._flock.join(update, broadcast, wanted.number, len(wanted.clients))
        for position, defense in enumerate(simulation.defenses):
            own = simulation.stream("mean", wanted.number, position, defense.name)
            update = defense.on_mean(update, broadcast, self._schedule, own)
        return {**mean, **simulation.algorithm.as_sent(update, broadcast)}

    def capture(self, seen: Round, ready: Callable[[], None] | None = None) -> None:
        """Write a part of a round, once ``ready`` has returned; at once gone on with."""
        if self._writer:
            self._writer(seen, ready)

    def flush(self) -> None:
        """Return when all that was captured is on disk; raises what failed there."""
        if self._writer:
            self._writer.flush()

    def _show(self, parts: Iterable[Round]) -> None:
        for seen in parts:
            self.capture(seen)
            for observe in self._training.observers:
                observe(seen)

    def _save(self) -> None:
        keep, number = self._training.keep, self.state.round
        if keep and (number % keep.every == 0 or number == self._training.simulation.rounds):
            self.flush()  # a state on disk says that all rounds up to it are
            if self._flock:
                self._flock.keep(self.state.model)
            save_state(keep.path, self.state)
            if self._states:
                self._states.forget(self._trained, number)
                self._trained.clear()


def _start(training: Training, data: OpenData) -> State:
    model = _with_public(training, training.simulation.start(data.x.shape[1]), 0)
    return State(0, model, model, 0, float("-inf"), ())


def _flock(training: Training, data: OpenData, fraction: float) -> Flock | None:
    if training.canaries is None or training.seen_canaries is None:
        return None
    start = training.simulation.start(data.x.shape[1])
    return Flock(training.canaries, training.simulation, start, fraction, training.seen_canaries)


def _with_public(training: Training, model: Arrays, number: int) -> Arrays:
    """The model after round ``number``, with what the server learns from public data."""
    for defense in training.simulation.defenses:
        model = defense.on_public(model, number, training.open_public)
    return model


def _add(average: Average, part: Part) -> None:
    for update in part.updates or ():
        average.add(update.examples, update.arrays)
    for block in part.sums:
        average.add_block(block)


def _advance(state: State, model: Arrays, row: HistoryRow, score: float, simulation: Simulation) -> State:
    history = (*state.history, row)
    # Without validation rows every score is NaN, and the last round is what is left to select.
    if row.round >= simulation.selection.from_round and not score <= state.best_score:
        return State(row.round, model, model, row.round, score, history)
    return State(row.round, model, state.best, state.best_round, state.best_score, history)


def _mean_loss(examples: list[int], losses: list[float]) -> float:
    total = sum(examples)
    return sum(n / total * loss for n, loss in zip(examples, losses, strict=True))
