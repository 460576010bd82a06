"""One cell of Table 4 in one folder: its stages timed, and beside them the paper's style of code, extrapolated."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import TypeVar

import pandas as pd

from simulations.bench.cell_data import write_cell
from simulations.bench.cell_plain import plain_cnn, plain_trainings
from simulations.bench.sample import Sample
from simulations.bench.table4 import Cell
from simulations.experiment import Experiment, Role
from simulations.progress import Update
from simulations.run_folder import RunFolder
from simulations.stages.attack import attack
from simulations.stages.prepared import Prepared
from simulations.stages.score import score
from simulations.stages.simulate import simulate

OURS, THEIRS = "ours", "plain, extrapolated"
TRAININGS, ATTACKS, SCORES, WHOLE = "trainings and capture", "attacks", "scores", "whole cell"

T = TypeVar("T")


@dataclass(frozen=True)
class CellRun:
    """A cell as an experiment, in a folder of its own, in ``workers`` processes at most."""

    cell: Cell
    experiment: Experiment
    folder: RunFolder
    workers: int

    @cached_property
    def prepared(self) -> dict[Role, Prepared]:
        """The synthetic data, written once, and not timed: a run reads its features from a cache."""
        return write_cell(self.cell, self.experiment, self.folder)

    def ours(self) -> list[Sample]:
        """The stages of a run, timed."""
        experiment, folder, prepared, silent = self.experiment, self.folder, self.prepared, _Silent()
        train, _ = _timed(lambda: simulate(experiment, folder, prepared, silent, self.workers))
        attacked, scores = _timed(lambda: attack(experiment, folder, prepared, silent))
        scored, _ = _timed(lambda: score(experiment, folder, prepared, scores))
        seconds = {TRAININGS: train, ATTACKS: attacked, SCORES: scored, WHOLE: train + attacked + scored}
        return [self._sample(OURS, part, value) for part, value in seconds.items()]

    def theirs(self, rounds: int) -> list[Sample]:
        """The plain loop on the same trainings, from ``rounds`` of each role, and the CNN, where it is an attack."""
        trained = plain_trainings(self.experiment, self.prepared, rounds)
        found = [self._sample(THEIRS, TRAININGS, trained)]
        if any(config.name == "cnn" for config in self.experiment.attacks):
            attacked = plain_cnn(self.experiment, self.prepared, self.cell.dims)
            found += [self._sample(THEIRS, ATTACKS, attacked), self._sample(THEIRS, WHOLE, trained + attacked)]
        return found

    def planted(self) -> float:
        """The UAR with which logistic regression tells the planted gender from single updates."""
        table = pd.read_csv(self.folder.path / "leakage.csv")
        rows = table[(table["attack"] == "logistic") & (table["unit"] == "update") & (table["metric"] == "uar")]
        return float(rows["value"].iloc[0])

    def _sample(self, side: str, part: str, seconds: float) -> Sample:
        return Sample(side, f"{self.cell.label}: {part}", "stage", 0, seconds)


class _Silent:
    """Bars that show nothing: those of the stages would bury the bench's own."""

    def bar(self, name: str) -> Update:
        return lambda done, total: None


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = perf_counter()
    done = work()
    return perf_counter() - start, done
