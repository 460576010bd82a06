"""One training on several cores: processes that each train some of a round's clients and score some of its rows.

The model and the updates lie in shared memory; what travels are names and numbers.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import torch

from fedser.algorithms.average import cut
from fedser.engine.client import Clients
from fedser.engine.cohort.bench import layout_of
from fedser.engine.cohort.compute import Compute
from fedser.engine.cohort.scoring import Scorer
from fedser.engine.cohort.shared import attached, made
from fedser.engine.data import OpenData, TrainingData
from fedser.engine.evaluation import Evaluation, Hits, Scores
from fedser.engine.loop import Wanted
from fedser.engine.parts import Part, Reply, part_of, shares
from fedser.engine.simulation import Simulation
from fedser.errors import ClientError
from fedser.pool import Pipe, answer, ask, crew
from fedser.updates.update import PART, Arrays, Update

AHEAD = 2
"""Shares of a round under way at once: the workers begin the next while this process takes in the last."""


@dataclass(frozen=True)
class Job:
    """All that a worker must know; ``model`` and ``sent`` are names of shared memory, ``sent`` of so many ``rows``."""

    simulation: Simulation
    data: TrainingData
    compute: Compute
    model: str
    sent: str
    rows: int


@dataclass(frozen=True)
class Train:
    """Train these clients for round ``number``; what each sends goes to its row of ``sent``."""

    number: int
    clients: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Trained:
    """(row, n_k, loss) of each client, or the first ``failure`` among them: its client and what was raised."""

    rows: tuple[tuple[int, int, float], ...]
    failure: tuple[str, str] | None = None


@dataclass(frozen=True)
class Score:
    """Score these pieces of the held-out rows."""

    pieces: range


class Crew:
    """Workers for one training; leave it as a context."""

    def __init__(self, simulation: Simulation, data: TrainingData, compute: Compute, workers: int) -> None:
        self._simulation, self._stack, self._opened = simulation, ExitStack(), data.open()
        self._layout = layout_of(simulation, self._opened.x.shape[1])
        self._evaluation = Evaluation(self._opened, simulation.task, simulation.selection)
        with self._stack:
            self._model = self._stack.enter_context(made((self._layout.size,)))
            rows = min(AHEAD * PART, simulation.algorithm.cohort_size(len(self._opened.clients)))
            self._sent = self._stack.enter_context(made((rows, self._layout.size)))
            job = Job(simulation, data.absolute(), compute, self._model.name, self._sent.name, rows)
            self._ends: list[Pipe] = self._stack.enter_context(crew(_work, [(job,)] * workers))
            self._stack = self._stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def collect(self, wanted: Wanted) -> Iterator[Part]:
        """The parts of a round, each shared out among the workers."""
        self._layout.write(wanted.broadcast, self._model.array)
        runs, asked = shares(len(wanted.clients)), 0
        for index in range(len(runs)):
            while asked < min(index + AHEAD, len(runs)):
                self._ask(wanted, runs[asked], asked % AHEAD * PART)
                asked += 1
            yield part_of(index, len(runs), self._receive(wanted, runs[index], index % AHEAD * PART))

    def evaluate(self, model: Arrays) -> Scores:
        """The scores of a model, from the hits that each worker counts."""
        self._layout.write(model, self._model.array)
        for end, pieces in zip(self._ends, cut(self._evaluation.pieces, len(self._ends)), strict=True):
            ask(end, Score(pieces))
        return self._evaluation.scores(hits for end in self._ends for hits in answer(end, list[Hits]))

    def _ask(self, wanted: Wanted, run: range, first: int) -> None:
        clients = [(first + row, wanted.clients[place]) for row, place in enumerate(run)]
        for end, group in zip(self._ends, self._dealt(clients), strict=True):
            ask(end, Train(wanted.number, group))

    def _dealt(self, clients: list[tuple[int, str]]) -> list[tuple[tuple[int, str], ...]]:
        """The clients over the workers: the longest work first, to whoever has least."""
        local = self._simulation.algorithm.local_steps is not None
        work = {name: len(self._opened.train_rows(name)) if local else 1 for _, name in clients}
        loads, groups = [0] * len(self._ends), [list[tuple[int, str]]() for _ in self._ends]
        for client in sorted(clients, key=lambda client: -work[client[1]]):
            least = loads.index(min(loads))
            loads[least] += work[client[1]]
            groups[least].append(client)
        return [tuple(sorted(group)) for group in groups]

    def _receive(self, wanted: Wanted, run: range, first: int) -> list[Reply]:
        answers = [answer(end, Trained) for end in self._ends]
        failures = [answer.failure for answer in answers if answer.failure]
        if failures:
            raise ClientError(min(failures)[1])
        found = {row: (examples, loss) for answer in answers for row, examples, loss in answer.rows}
        replies = []
        for row, place in enumerate(run, start=first):
            examples, loss = found[row]
            arrays = self._layout.arrays(self._sent.array[row].copy())
            replies.append(Reply(Update(wanted.number, wanted.clients[place], examples, arrays), loss))
        return replies


def _work(end: Pipe, job: Job) -> None:
    """In a worker: do what is asked until no one asks."""
    torch.set_num_threads(1)
    worker = _Worker(job, job.data.open())
    while True:
        asked = end.recv()
        end.send(worker.train(asked) if isinstance(asked, Train) else worker.score(asked))


class _Worker:
    def __init__(self, job: Job, data: OpenData) -> None:
        bench = job.compute.bench(job.simulation, data)
        self._clients = Clients(job.simulation, data, job.compute.learner(bench, data))
        self._layout, self._scorer = bench.layout, Scorer(bench, data)
        size = self._layout.size
        self._model, self._sent = attached(job.model, (size,)), attached(job.sent, (job.rows, size))

    def train(self, asked: Train) -> Trained:
        broadcast, rows = self._layout.arrays(self._model.array), list[tuple[int, int, float]]()
        names = [name for _, name in asked.clients]
        try:
            replies = self._clients.replies(asked.number, broadcast, names)
            for (row, _), reply in zip(asked.clients, replies, strict=True):
                self._layout.write(reply.update.arrays, self._sent.array[row])
                rows.append((row, reply.update.examples, reply.loss))
        except ClientError as error:
            return Trained((), (names[len(rows)], str(error)))
        return Trained(tuple(rows))

    def score(self, asked: Score) -> Sequence[Hits]:
        return self._scorer.hits(torch.from_numpy(self._model.array), asked.pieces)
