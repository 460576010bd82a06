"""The default engine: a round costs what its arithmetic costs, and trainings go on side by side."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from fedser.devices import resolve
from fedser.engine.client import Clients, one_thread
from fedser.engine.cohort import cost
from fedser.engine.cohort.compute import Compute
from fedser.engine.cohort.crew import Crew
from fedser.engine.cohort.side_by_side import run_side_by_side
from fedser.engine.engine import Engine
from fedser.engine.history import State
from fedser.engine.loop import Wanted, train
from fedser.engine.parts import Part, whole_parts
from fedser.engine.training import Training


class Cohort(Compute, Engine):
    """Trains all clients of a round at the speed of the arithmetic: stacked, or in a tight loop, on every core."""

    source: ClassVar[str] = "McMahan et al. 2017, algorithm 1, executed a round at a time"
    name: Literal["cohort"] = "cohort"
    workers: int | None = Field(
        None, ge=1, description="processes; by default one per core, where the work is worth their start"
    )

    def run(self, training: Training) -> State:
        """Train in this process, or with worker processes of its own."""
        workers = self._workers([training])
        if workers > 1:
            return self._run_with_crew(training, workers)
        return self._run_here(training)

    def run_all(
        self, trainings: Sequence[Training], finished: Callable[[int, State], None], workers: int | None = None
    ) -> None:
        """Side by side where no observer must see them in this process."""
        workers = self._workers(trainings, workers)
        processes = min(workers, len(trainings))
        if processes < 2 or any(training.observers for training in trainings):
            self.model_copy(update={"workers": workers}).run_in_turn(trainings, finished)
            return
        each = self.model_copy(update={"workers": max(1, workers // processes)})
        run_side_by_side(each, trainings, processes, finished)

    def _run_here(self, training: Training) -> State:
        simulation, data = training.simulation, training.data.open()
        bench = self.bench(simulation, data)
        clients = Clients(simulation, data, self.learner(bench, data))

        def collect(wanted: Wanted) -> Iterator[Part]:
            replies = clients.replies(wanted.number, wanted.broadcast, wanted.clients)
            return whole_parts(len(wanted.clients), replies)

        with one_thread():
            return train(training, data, collect, self.evaluation(bench, data))

    def _run_with_crew(self, training: Training, workers: int) -> State:
        with Crew(training.simulation, training.data, self.compute, workers) as crew, one_thread():
            return train(training, training.data.open(), crew.collect, crew.evaluate)

    def _workers(self, trainings: Sequence[Training], most: int | None = None) -> int:
        """As chosen; by itself ``most`` or every core, once the trainings take longer than processes to start."""
        if self.workers is not None or resolve(self.device, "engine.device").type != "cpu":
            return self.workers or 1
        cores = most or len(os.sched_getaffinity(0))
        work = sum(cost.seconds(training.simulation, training.data.open()) for training in trainings)
        return cores if work * (1 - 1 / cores) > cost.START else 1
