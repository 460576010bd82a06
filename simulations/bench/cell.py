"""Bench ``cell``: whole cells of Table 4, from features to scores, beside the paper's style of loop.

A cell is the private training and the shadow trainings, with capture, every attack (the CNN on a GPU) and the scores,
by the stages of a run. The features are synthetic, in the shape of the cell. The loop is timed for a few rounds on the
same data, and its time for all rounds is extrapolated.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import ClassVar, TypeVar

import pandas as pd
from pydantic import Field

from fedser.devices import Device, resolve
from fedser.engine.cohort import Cohort
from simulations.bench.bench import Bench
from simulations.bench.cell_data import write_cell
from simulations.bench.cell_experiment import cell_experiment
from simulations.bench.clock import CLOCKS, seconds_per_round
from simulations.bench.hardware import describe
from simulations.bench.plain import PLAIN
from simulations.bench.ratios import ratio
from simulations.bench.results import Results
from simulations.bench.sample import Sample
from simulations.bench.side import Job
from simulations.bench.table4 import CELLS, Cell
from simulations.experiment import Role, Trainings
from simulations.progress import Bars, Update
from simulations.run_folder import RunFolder
from simulations.stages.attack import attack
from simulations.stages.prepared import Prepared
from simulations.stages.score import score
from simulations.stages.simulate import simulate

OURS, THEIRS = "ours", "plain, extrapolated"
TRAININGS, ATTACKS, SCORES, WHOLE = "trainings and capture", "attacks", "scores", "whole cell"
ALL = "all cells"

T = TypeVar("T")


class CellBench(Bench):
    """Whole cells of Table 4: trainings, capture, attacks, scores."""

    name: ClassVar[str] = "cell"
    cells: int = Field(1, ge=1, le=len(CELLS), description="the first n of the 36 cells of the paper's Table 4")
    private: int = Field(1, ge=1, le=5, description="folds of the private corpus that are trained; 5 in the paper")
    shadow: int = Field(5, ge=1, description="shadow trainings")
    rounds: int = Field(200, ge=1)
    plain_rounds: int = Field(3, ge=1, description="timed rounds of the plain loop, on each role's data")
    device: Device = "auto"
    cnn: bool | None = Field(None, description="with the CNN attack; by default on a GPU only")
    workers: int | None = Field(None, ge=1, description="processes; by default one per core")
    seed: int = Field(1, ge=0)

    def measure(self, bars: Bars) -> Results:
        """Run the cells one after the other; raises FedserError where a stage does."""
        machine, told = describe(), bars.bar("bench cell")
        samples, uars = list[Sample](), list[float]()
        for done, cell in enumerate(CELLS[: self.cells]):
            with tempfile.TemporaryDirectory() as folder:  # one at a time: a cell may take many gigabytes
                run = _Run(self, cell, RunFolder(Path(folder)))
                samples += [*run.ours(), *run.theirs()]
                uars.append(run.found())
            told(done + 1, self.cells)
        totals = _totals(samples) if self.cells > 1 else []
        ratios = ratio([*samples, *totals], THEIRS, OURS)
        return Results(self.name, self._about(uars), self, machine, (*totals, *samples), tuple(ratios))

    def with_cnn(self) -> bool:
        """As chosen, or where there is a GPU."""
        return resolve(self.device, "device").type == "cuda" if self.cnn is None else self.cnn

    def _about(self, uars: Sequence[float]) -> str:
        return (
            f"{self.private} private and {self.shadow} shadow trainings of {self.rounds} rounds, on random features in"
            f" the shape of the cell, in which gender is planted (logistic regression tells it from single updates with"
            f" a UAR of {min(uars):.2f} or more). Every attack {'with' if self.with_cnn() else 'but'} the CNN. Plain: a"
            f" sequential loop in the style of the paper's code, without capture; {self.plain_rounds} rounds of one"
            f" training of each role were timed, and the rest is extrapolated."
        )


class _Run:
    """One cell in one folder."""

    def __init__(self, bench: CellBench, cell: Cell, folder: RunFolder) -> None:
        self._bench, self._cell, self._folder = bench, cell, folder
        self._workers = bench.workers or len(os.sched_getaffinity(0))
        engine = Cohort(device=bench.device, workers=bench.workers)
        trainings = Trainings(private=bench.private, shadow=bench.shadow)
        self._experiment = cell_experiment(cell, bench.rounds, trainings, engine, bench.seed, bench.with_cnn())
        self._prepared = write_cell(cell, self._experiment, folder)

    def ours(self) -> list[Sample]:
        """The stages of a run, timed."""
        experiment, folder, prepared, silent = self._experiment, self._folder, self._prepared, _Silent()
        train, _ = _timed(lambda: simulate(experiment, folder, prepared, silent, self._workers))
        attacked, scores = _timed(lambda: attack(experiment, folder, prepared, silent))
        scored, _ = _timed(lambda: score(experiment, folder, prepared, scores))
        seconds = {TRAININGS: train, ATTACKS: attacked, SCORES: scored, WHOLE: train + attacked + scored}
        return [self._sample(OURS, part, value) for part, value in seconds.items()]

    def theirs(self) -> list[Sample]:
        """The plain loop on the same trainings, without capture, from a few of their rounds."""
        a_round = {role: self._plain(role, data) for role, data in self._prepared.items()}
        numbers: dict[Role, int] = {"private": self._bench.private, "shadow": self._bench.shadow}
        seconds = sum(self._bench.rounds * numbers[role] * a_round[role] for role in numbers)
        return [self._sample(THEIRS, TRAININGS, seconds)]

    def found(self) -> float:
        """The UAR with which logistic regression tells the planted gender from single updates."""
        table = pd.read_csv(self._folder.path / "leakage.csv")
        rows = table[(table["attack"] == "logistic") & (table["unit"] == "update") & (table["metric"] == "uar")]
        return float(rows["value"].iloc[0])

    def _plain(self, role: Role, data: Prepared) -> float:
        """Seconds a round."""
        whole = self._experiment.simulation(self._experiment.trainings_of(role)[0])
        few = {"rounds": self._bench.plain_rounds + 1, "selection": type(whole.selection)()}
        return seconds_per_round(PLAIN, Job(whole.model_copy(update=few), data.data(0)), CLOCKS["wall"])

    def _sample(self, side: str, part: str, seconds: float) -> Sample:
        return Sample(side, f"{self._cell.label}: {part}", "stage", 0, seconds)


class _Silent:
    """Bars that show nothing: those of the stages would bury the bench's own."""

    def bar(self, name: str) -> Update:
        return lambda done, total: None


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = perf_counter()
    done = work()
    return perf_counter() - start, done


def _totals(samples: Sequence[Sample]) -> list[Sample]:
    """The sums over all cells."""
    sums: dict[tuple[str, str], float] = {}
    for sample in samples:
        key = sample.side, f"{ALL}: {sample.case.rpartition(': ')[2]}"
        sums[key] = sums.get(key, 0.0) + sample.value
    return [Sample(side, case, "stage", 0, value) for (side, case), value in sums.items()]
