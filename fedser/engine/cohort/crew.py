"""One training on several cores: each process trains some of a round's clients, and averages and scores its share.

The model, the updates and their mean lie in shared memory; what travels are names and numbers. The server's own process
is one of the workers: it would otherwise wait for the others, and each message to a waiting process costs its waking.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from fedser.algorithms.average import cut
from fedser.engine.cohort.bench import layout_of
from fedser.engine.cohort.compute import Compute
from fedser.engine.cohort.crew_worker import AHEAD, Here, Job, Score, Sum, Train, Trained, first_row, work
from fedser.engine.cohort.shared import made
from fedser.engine.evaluation import Hits, Scores
from fedser.engine.loop import Wanted
from fedser.engine.parts import Part, Reply, averaged_part, shares
from fedser.engine.training import Training
from fedser.pool import End, answer, ask, crew
from fedser.updates.update import PART, Arrays, Update


class Crew:
    """Workers for one training; leave it as a context."""

    def __init__(self, training: Training, compute: Compute, workers: int) -> None:
        simulation, data = training.simulation, training.data
        self._simulation, self._stack, self._opened = simulation, ExitStack(), data.open()
        self._layout = layout_of(simulation, self._opened.x.shape[1])
        self._broadcast: Arrays | None = None
        with self._stack:
            self._models = self._stack.enter_context(made((2, self._layout.size)))
            rows = min(AHEAD * PART, simulation.algorithm.cohort_size(len(self._opened.clients)))
            self._sent = self._stack.enter_context(made((rows, self._layout.size)))
            names = self._models.name, self._sent.name
            stretches = cut(self._layout.size, workers)
            states = training.client_states
            jobs = [Job(simulation, data.absolute(), compute, names, rows, stretch, states) for stretch in stretches]
            others = self._stack.enter_context(crew(work, [(job,) for job in jobs[1:]]))
            here = Here(jobs[0], self._opened)
            self._evaluation, self._ends = here.evaluation, list[End]([here, *others])
            self._stack = self._stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def collect(self, wanted: Wanted) -> Iterator[Part]:
        """The parts of a round, each shared out among the workers."""
        self._show(wanted.broadcast)
        runs = shares(len(wanted.clients))
        for index in range(min(AHEAD, len(runs))):
            self._ask(wanted, runs[index], index)
        for index, run in enumerate(runs):
            found = self._trained()
            if index:
                self._summed()  # the rows of the part before may be written again
            if index and index + 1 < len(runs):
                self._ask(wanted, runs[index + 1], index + 1)
            self._add(run, index, found, len(wanted.clients))
            replies = list(self._replies(wanted, run, index, found))
            mean = self._mean() if index + 1 == len(runs) else None
            yield averaged_part(index, len(runs), replies, wanted.shown, mean)

    def evaluate(self, model: Arrays) -> Scores:
        """The scores of a model, from the hits that each worker counts."""
        if not self._evaluation.pieces:
            return self._evaluation.scores(())
        self._show(model)
        for end, pieces in zip(self._ends, cut(self._evaluation.pieces, len(self._ends)), strict=True):
            ask(end, Score(pieces))
        return self._evaluation.scores(hits for end in self._ends for hits in answer(end, list[Hits]))

    def _show(self, model: Arrays) -> None:
        """To the workers; what is broadcast was mostly scored just before."""
        if model is not self._broadcast:
            self._layout.write(model, self._models.array[0])
            self._broadcast = model

    def _ask(self, wanted: Wanted, run: range, index: int) -> None:
        clients = list(enumerate(wanted.clients[run.start : run.stop], start=first_row(index)))
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

    def _trained(self) -> dict[int, tuple[int, float]]:
        """By row, n_k and loss of the next part's clients; raises what the first one that failed has raised."""
        answers = [answer(end, Trained) for end in self._ends]
        failures = [answer.failure for answer in answers if answer.failure]
        if failures:
            raise min(failures, key=lambda failure: failure[0])[1]
        return {row: (examples, loss) for answer in answers for row, examples, loss in answer.rows}

    def _add(self, run: range, index: int, found: dict[int, tuple[int, float]], clients: int) -> None:
        examples = tuple(found[first_row(index) + place][0] for place in range(len(run)))
        for end in self._ends:
            ask(end, Sum(first_row(index), examples, clients))

    def _summed(self) -> None:
        for end in self._ends:
            answer(end, type(None))

    def _mean(self) -> Arrays:
        self._summed()
        return self._layout.arrays(self._models.array[1].copy())

    def _replies(self, wanted: Wanted, run: range, index: int, found: dict[int, tuple[int, float]]) -> Iterator[Reply]:
        for row, client in enumerate(wanted.clients[run.start : run.stop], start=first_row(index)):
            arrays = self._layout.arrays(self._sent.array[row].copy()) if wanted.shown else {}
            examples, loss = found[row]
            yield Reply(Update(wanted.number, client, examples, arrays), loss)
