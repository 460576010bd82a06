"""The default engine: a round costs what its arithmetic costs, and trainings go on side by side."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from fedser.devices import one_thread
from fedser.engine.cohort import cost
from fedser.engine.cohort.bench import has_kernel, layout_of
from fedser.engine.cohort.compute import Compute
from fedser.engine.cohort.crew import Crew
from fedser.engine.cohort.flat import FlatClients, averaged_parts
from fedser.engine.cohort.side_by_side import run_side_by_side
from fedser.engine.cohort.together import run_together
from fedser.engine.engine import Engine
from fedser.engine.history import State
from fedser.engine.loop import Wanted, train
from fedser.engine.parts import Part
from fedser.engine.training import Training
from fedser.pool import cores
from fedser.pool.heap import keep_freed_memory


class Cohort(Compute, Engine):
    """Trains all clients of a round at the speed of the arithmetic: stacked, or in a tight loop on every core."""

    source: ClassVar[str] = "McMahan et al. 2017, algorithm 1, executed a round at a time"
    name: Literal["cohort"] = "cohort"
    workers: int | None = Field(
        None,
        ge=1,
        description="processes on a CPU, at most; by default one per core, where the work is worth their start",
    )

    def run(self, training: Training) -> State:
        """Train in this process, or with worker processes of its own."""
        states: list[State] = []
        self.run_all([training], lambda place, state: states.append(state))
        return states[0]

    def run_all(
        self, trainings: Sequence[Training], finished: Callable[[int, State], None], workers: int | None = None
    ) -> None:
        """Side by side: in step where clients are stacked on one device, else each on a core of its own.

        There are ``workers`` processes at most, whatever the engine's own number.
        """
        if not trainings:
            return
        for training in trainings:
            self.admit(training.simulation)
        keep_freed_memory()
        most = self.processes(lambda: _seconds(trainings), workers)
        processes = min(most, len(trainings), self._affordable(trainings))
        if processes > 1 and not any(training.observers for training in trainings):
            each = self.model_copy(update={"workers": max(1, most // processes), "memory": self.memory / processes})
            run_side_by_side(each, trainings, processes, finished)
        elif most == 1 and self._stackable(trainings):
            with self.within_memory():
                run_together(trainings, self.compute, finished)
        else:
            for place, training in enumerate(trainings):
                shared = most > 1 and _has_kernel(training)
                finished(place, self._with_crew(training, most) if shared else self._here(training))

    def _here(self, training: Training) -> State:
        with self.within_memory():
            return self._alone(training)

    def _alone(self, training: Training) -> State:
        simulation, data = training.simulation, training.data.open()
        bench = self.bench(simulation, data)
        clients = FlatClients(bench, data, self.compute, training.client_states)

        def collect(wanted: Wanted) -> Iterator[Part]:
            return averaged_parts(clients, wanted, bench.layout)

        with one_thread():
            return train(training, data, collect, self.evaluation(bench, data))

    def _with_crew(self, training: Training, workers: int) -> State:
        share = self.compute.model_copy(update={"memory": self.memory / workers})
        with Crew(training, share, workers) as crew, one_thread():
            return train(training, training.data.open(), crew.collect, crew.evaluate)

    def _stackable(self, trainings: Sequence[Training]) -> bool:
        """Whether these trainings are of one configuration, and their clients are best stacked."""
        first = trainings[0].simulation
        own = {"training": first.training, "seed": first.seed}
        alike = all(each.simulation.model_copy(update=own) == first for each in trainings)
        if not alike or len({_features(training) for training in trainings}) > 1:
            return False
        size = layout_of(first, _features(trainings[0])).size
        return _has_kernel(trainings[0]) and self.method_for(size) == "stacked"

    def _affordable(self, trainings: Sequence[Training]) -> int:
        """How many such trainings ``memory`` holds at once, one at least."""
        most = max(cost.gibibytes(training.simulation, training.data.open()) for training in trainings)
        return max(1, int(self.memory / most))

    def processes(self, seconds: Callable[[], float], most: int | None = None) -> int:
        """As chosen, but ``most`` at most; by itself that or every core, once the work outlasts processes' start."""
        if self.torch_device.type != "cpu":
            return 1
        if self.workers is not None:
            return min(self.workers, most or self.workers)
        most = most or cores()
        return most if seconds() * (1 - 1 / most) > cost.START else 1


def _seconds(trainings: Sequence[Training]) -> float:
    return sum(cost.seconds(training.simulation, training.data.open()) for training in trainings)


def _features(training: Training) -> int:
    features: int = training.data.open().x.shape[1]
    return features


def _has_kernel(training: Training) -> bool:
    return has_kernel(training.simulation, layout_of(training.simulation, _features(training)))
