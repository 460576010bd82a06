"""Independent trainings on different cores: each whole in a process of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from fedser.engine.data import TrainingData
from fedser.engine.engine import Engine
from fedser.engine.history import State
from fedser.engine.training import Training, unheard
from fedser.pool import run_all, tell


@dataclass(frozen=True)
class Task:
    """Training ``place`` of some, to be run by ``engine``."""

    place: int
    training: Training
    engine: Engine


def run_side_by_side(
    engine: Engine, trainings: Sequence[Training], processes: int, finished: Callable[[int, State], None]
) -> None:
    """Run ``trainings`` with ``engine``, ``processes`` at a time; none of them may have observers."""
    tasks = [
        Task(
            place, replace(training, data=training.data.absolute(), public=_absolute(training), ticked=unheard), engine
        )
        for place, training in enumerate(trainings)
    ]

    def heard(message: tuple[int, int]) -> None:
        trainings[message[0]].ticked(message[1])

    run_all(_run, tasks, processes, lambda done: finished(*done), heard)


def _absolute(training: Training) -> TrainingData | None:
    return training.public.absolute() if training.public else None


def _run(task: Task) -> tuple[int, State]:
    ticking = replace(task.training, ticked=partial(_tick, task.place))
    return task.place, task.engine.run(ticking)


def _tick(place: int, number: int) -> None:
    tell((place, number))
