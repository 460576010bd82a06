"""Trainings of one configuration in step: the clients of all of them, round by round, in one stack.

The data and the clients' parameters stay on the device; what leaves it are the round's average and, while the next
clients learn, the captured updates.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import groupby, islice
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor

from fedser.devices import one_thread
from fedser.engine.client import FAILURES, Clients
from fedser.engine.cohort.bench import Bench
from fedser.engine.cohort.compute import Compute
from fedser.engine.cohort.flat import FlatAverage
from fedser.engine.cohort.scoring import Scorer
from fedser.engine.cohort.stacked import Stack, StackedLearner
from fedser.engine.data import OpenData
from fedser.engine.history import State
from fedser.engine.learner import Learnt, Work
from fedser.engine.loop import Server
from fedser.engine.parts import Part, Reply, shares, whole_parts
from fedser.engine.training import Training
from fedser.errors import ClientError
from fedser.updates.update import Round, Update


def run_together(trainings: Sequence[Training], compute: Compute, finished: Callable[[int, State], None]) -> None:
    """Run trainings that differ in nothing but names and data; ``finished`` is told each place and final state."""
    opened = _open(trainings)
    bench = compute.bench(trainings[0].simulation, *opened)
    learner = StackedLearner(bench, compute.width(bench))
    starts = torch.zeros((len(trainings), bench.layout.size), device=bench.device)
    with ExitStack() as stack, one_thread():
        members = [
            stack.enter_context(_Member(place, training, data, bench, learner))
            for place, (training, data) in enumerate(zip(trainings, opened, strict=True))
        ]
        left = [member for member in members if not member.done(finished)]
        while left:
            for member in left:
                starts[member.place].copy_(bench.layout.flat(member.wanted.broadcast))
            works = [work for member in left for work in member.works()]
            rows = _rows(learner.stacks(starts, works), left, learner.width)
            for member in left:
                member.receive(rows)
            left = [member for member in left if not member.done(finished)]


class _Row(NamedTuple):
    """What one client has computed: float32 [P] on the device, its mean loss, and whether all of it is finite."""

    sent: Tensor
    loss: float
    finite: bool


def _rows(stacks: Iterator[Stack], members: Sequence["_Member"], width: int) -> Iterator[_Row]:
    """The rows of ``members``, one after the other; raises ClientError naming those of the stack that fails."""
    done = 0
    try:
        for stack in stacks:
            finite = stack.sent.isfinite().all(dim=1).tolist()
            yield from map(_Row, stack.sent, stack.losses, finite)
            done += len(finite)
    except torch.OutOfMemoryError:
        raise  # of the device, and no client's
    except FAILURES as error:
        raise ClientError(f"{_places(members, done, done + width)}: {type(error).__name__}: {error}") from error


def _places(members: Sequence["_Member"], first: int, end: int) -> str:
    """Trainings, rounds and clients of the rows from ``first`` to ``end``."""
    clients = [(member, name) for member in members for name in member.wanted.clients][first:end]
    return "; ".join(
        member.failed([name for _, name in own]) for member, own in groupby(clients, key=lambda client: client[0])
    )


class _Member:
    """One of the trainings: its server, and what its clients have computed."""

    def __init__(self, place: int, training: Training, data: OpenData, bench: Bench, learner: StackedLearner) -> None:
        self.place, self._training, self._bench = place, training, bench
        self._clients = Clients(training.simulation, data, learner, training.client_states)
        self._server = Server(training, data, Scorer(bench, data, place, training.simulation))
        self._plain = not training.observers and self._clients.plain and not training.simulation.grouping

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def done(self, finished: Callable[[int, State], None]) -> bool:
        """Whether no round is left; then ``finished`` is told."""
        wanted = self._server.wanted()
        if wanted is None:
            self._server.flush()
            finished(self.place, self._server.state)
            return True
        self.wanted = wanted
        return False

    def works(self) -> list[tuple[int, Work]]:
        """The work of this round's clients, with the number of the training."""
        self._works = list(self._clients.works(self.wanted.number, self.wanted.clients))
        return [(self.place, work) for work in self._works]

    def failed(self, names: Sequence[str]) -> str:
        """Where these clients of the round have failed."""
        return self._clients.place(self.wanted.number, names)

    def receive(self, rows: Iterator[_Row]) -> None:
        """Take the rows of this round's clients, which come next."""
        clients = len(self.wanted.clients)
        self._server.receive(self._mean(rows) if self._plain else whole_parts(clients, self._replies(rows)))

    def _replies(self, rows: Iterator[_Row]) -> Iterator[Reply]:
        """What each client sends, on the host, after its defenses."""
        for name, work in zip(self.wanted.clients, self._works, strict=True):
            yield self._reply(name, work, next(rows))

    def _reply(self, name: str, work: Work, row: _Row) -> Reply:
        learnt = Learnt(self._bench.layout.arrays(row.sent.cpu().numpy().copy()), row.loss)
        return self._clients.reply(self.wanted.number, name, self.wanted.broadcast, work, learnt)

    def _mean(self, rows: Iterator[_Row]) -> Iterator[Part]:
        """The round's average, summed on the device; the updates go to the store meanwhile."""
        works, names = self._works, self.wanted.clients
        average, losses = FlatAverage(len(names)), list[float]()
        runs = shares(len(names))
        for index, run in enumerate(runs):
            part = list(islice(rows, len(run)))
            for place, row in zip(run, part, strict=True):
                if not (row.finite and math.isfinite(row.loss)):
                    self._reply(names[place], works[place], row)  # raises, with the reason
                average.add(works[place].examples, row.sent)
                losses.append(row.loss)
            self._capture(run, index, len(runs), part)
        mean = self._bench.layout.arrays(average.mean())
        yield Part(0, 1, tuple(work.examples for work in works), tuple(losses), mean=mean, averaged=True)

    def _capture(self, run: range, index: int, of: int, rows: Sequence[_Row]) -> None:
        store, wanted = self._training.store, self.wanted
        if store is None or not store.keeps_round(wanted.number):
            return
        host, ready = _on_the_way(torch.stack([row.sent for row in rows]))
        updates = tuple(
            Update(wanted.number, wanted.clients[place], self._works[place].examples, self._bench.layout.arrays(array))
            for place, array in zip(run, host, strict=True)
        )
        self._server.capture(Round(wanted.number, wanted.broadcast, updates, index, of), ready)


def _on_the_way(sent: Tensor) -> tuple[np.ndarray[Any, np.dtype[np.float32]], Callable[[], None] | None]:
    """``sent`` on the host, and what waits until it has arrived there."""
    if sent.device.type == "cpu":
        return sent.numpy(), None
    host = torch.empty(sent.shape, pin_memory=True)
    host.copy_(sent, non_blocking=True)
    arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
    arrived.record(torch.cuda.current_stream(sent.device))  # of its GPU, which need not be the current one
    return host.numpy(), arrived.synchronize


def _open(trainings: Sequence[Training]) -> list[OpenData]:
    """The data of each training; those of one file share their matrices."""
    seen: dict[Any, OpenData] = {}
    opened = []
    for training in trainings:
        data = training.data.open()
        first = seen.setdefault((training.data.features, training.data.labels), data)
        opened.append(replace(data, x=first.x, y=first.y))
    return opened
