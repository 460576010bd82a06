"""What a worker of a crew does, and what it is asked: to train clients, to sum its stretch of rows, to score."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from fedser.engine.client_states import ClientStates
from fedser.engine.cohort.compute import Compute
from fedser.engine.cohort.flat import FlatAverage, FlatClients
from fedser.engine.cohort.scoring import Scorer
from fedser.engine.cohort.shared import attached
from fedser.engine.data import OpenData, TrainingData
from fedser.engine.evaluation import Evaluation, Hits
from fedser.engine.simulation import Simulation
from fedser.errors import CaptureError, ClientError
from fedser.pool import Pipe, receive
from fedser.updates.update import PART

AHEAD = 2
"""Parts of a round under way at once: the workers train the next while the server takes in the last."""


def first_row(index: int) -> int:
    """The row of the first client of part ``index``."""
    return index % AHEAD * PART


@dataclass(frozen=True)
class Job:
    """All that a worker must know: ``shared`` names [model; mean], [2, P], and what is sent, [``rows``, P].

    Its own stretch of the average are the parameters from ``stretch``'s start to its stop. What clients keep between
    their rounds is in ``states``.
    """

    simulation: Simulation
    data: TrainingData
    compute: Compute
    shared: tuple[str, str]
    rows: int
    stretch: range
    states: ClientStates | None


@dataclass(frozen=True)
class Train:
    """Train these clients for round ``number``; what each sends goes to its row."""

    number: int
    clients: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Trained:
    """(row, n_k, loss) of each client, or the first ``failure`` among them: its client and what was raised."""

    rows: tuple[tuple[int, int, float], ...]
    failure: tuple[str, ClientError | CaptureError] | None = None


@dataclass(frozen=True)
class Sum:
    """Add the rows from ``first`` on, of clients with these n_k, to the average of a round of ``clients``."""

    first: int
    examples: tuple[int, ...]
    clients: int


@dataclass(frozen=True)
class Score:
    """Score these pieces of the held-out rows."""

    pieces: range


Task = Train | Sum | Score


def work(end: Pipe, job: Job) -> None:
    """In a process of its own: do what is asked until no one asks."""
    torch.set_num_threads(1)
    worker = _Worker(job, job.data.open())
    while True:
        end.send(worker.do(receive(end)))


class Here:
    """The end of the worker that is this process: what is asked of it is done when its answer is wanted."""

    def __init__(self, job: Job, data: OpenData) -> None:
        self._worker, self._asked = _Worker(job, data), deque[Task]()

    @property
    def evaluation(self) -> Evaluation:
        """What scores follow from the hits of all workers."""
        return self._worker.scorer.evaluation

    def send(self, task: Task) -> None:
        """Ask for it."""
        self._asked.append(task)

    def poll(self, timeout: float) -> bool:
        """Whether anything is asked: then its answer is there as soon as it is wanted."""
        return bool(self._asked)

    def recv(self) -> object:
        """Do what was asked for first."""
        return self._worker.do(self._asked.popleft())


class _Worker:
    def __init__(self, job: Job, data: OpenData) -> None:
        bench = job.compute.bench(job.simulation, data)
        self._clients, self.scorer = FlatClients(bench, data, job.compute, job.states), Scorer(bench, data)
        self._layout, size = bench.layout, bench.layout.size
        self._memory = attached(job.shared[0], (2, size)), attached(job.shared[1], (job.rows, size))
        self._model, self._mean = (torch.from_numpy(row) for row in self._memory[0].array)
        self._sent = torch.from_numpy(self._memory[1].array)
        self._stretch = slice(job.stretch.start, job.stretch.stop)
        self._average: FlatAverage | None = None

    def do(self, task: Task) -> object:
        """What is to be answered."""
        match task:
            case Train():
                return self.train(task)
            case Score():
                return self.score(task)
            case Sum():
                self.sum(task)
                return None

    def train(self, asked: Train) -> Trained:
        broadcast, done = self._layout.arrays(self._model.numpy()), list[tuple[int, int, float]]()
        rows, names = zip(*asked.clients, strict=True) if asked.clients else ((), ())
        try:
            replies = self._clients.replies(asked.number, broadcast, names, [self._sent[row] for row in rows])
            for row, reply in zip(rows, replies, strict=True):
                done.append((row, reply.update.examples, reply.loss))
        except (ClientError, CaptureError) as error:
            return Trained((), (names[len(done)], error))
        return Trained(tuple(done))

    def sum(self, asked: Sum) -> None:
        """Add this worker's stretch of the rows, and after the last one write that of the mean."""
        average = self._average = self._average or FlatAverage(asked.clients)
        for row, examples in enumerate(asked.examples, start=asked.first):
            average.add(examples, self._sent[row, self._stretch])
        if average.complete:
            self._mean[self._stretch] = torch.from_numpy(average.mean())
            self._average = None

    def score(self, asked: Score) -> Sequence[Hits]:
        return self.scorer.hits(self._model, asked.pieces)
