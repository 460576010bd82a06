"""Bench ``cell``: whole cells of Table 4, from features to scores, beside the paper's style of code.

A cell is the private training and the shadow trainings, with capture, attacks (the CNN on a GPU) and the scores, by
the stages of a run. The features are synthetic, in the shape of the cell.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from attacks.cnn.attack import Cnn
from fedser.devices import Device, resolve
from fedser.engine.cohort import Cohort
from fedser.pool import cores
from simulations.bench.bench import Bench
from simulations.bench.cell_experiment import ATTACKS, cell_experiment
from simulations.bench.cell_run import OURS, THEIRS, CellRun
from simulations.bench.hardware import describe
from simulations.bench.ratios import ratio
from simulations.bench.results import Results
from simulations.bench.sample import Sample
from simulations.bench.setting import distinct
from simulations.bench.table4 import CELLS, Cell
from simulations.experiment import Trainings
from simulations.progress import Bars
from simulations.run_folder import RunFolder

ALL = "all cells"


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in ATTACKS]
    if unknown:
        raise ValueError(f"unknown {', '.join(unknown)} (choose from {', '.join(ATTACKS)})")
    return names


class CellBench(Bench):
    """Whole cells of Table 4: trainings, capture, attacks, scores."""

    name: ClassVar[str] = "cell"
    cells: int = Field(1, ge=1, le=len(CELLS), description="the first n of the 36 cells of the paper's Table 4")
    private: int = Field(1, ge=1, le=5, description="folds of the private corpus that are trained; 5 in the paper")
    shadow: int = Field(5, ge=1, description="shadow trainings")
    rounds: int = Field(200, ge=1)
    plain_rounds: int = Field(3, ge=1, description="timed rounds of the plain loop, on each role's data")
    device: Device = "auto"
    attacks: Annotated[tuple[str, ...], AfterValidator(distinct), AfterValidator(_known)] = Field(
        ("logistic", "majority", "permuted"), min_length=1, description="which, beside the CNN; any of `fedser list`"
    )
    cnn: bool | None = Field(None, description="with the CNN attack; by default on a GPU only")
    workers: int | None = Field(None, ge=1, description="processes; by default one per core")
    seed: int = Field(1, ge=0)

    def measure(self, bars: Bars) -> Results:
        """Run the cells one after the other; raises FedserError where a stage does."""
        machine, told, attacker = describe(), bars.bar("bench cell"), self.attacker()
        samples, uars = list[Sample](), list[float]()
        for done, cell in enumerate(CELLS[: self.cells]):
            with tempfile.TemporaryDirectory() as folder:  # one at a time: a cell may take many gigabytes
                run = self._run(cell, attacker, Path(folder))
                samples += [*run.ours(), *run.theirs(self.plain_rounds)]
                uars.append(run.planted())
            told(done + 1, self.cells)
        totals = _totals(samples) if self.cells > 1 else []
        ratios = ratio([*totals, *samples], THEIRS, OURS)
        return Results(self.name, self._about(uars, attacker), self, machine, (*totals, *samples), tuple(ratios))

    def attacker(self) -> Cnn | None:
        """The CNN attack where it is wanted, in bf16 on a GPU; raises ConfigError for a device that is not there."""
        on_gpu = resolve(self.device, "device").type == "cuda"
        wanted = on_gpu if self.cnn is None else self.cnn
        return Cnn(device=self.device, precision="bf16" if on_gpu else "float32") if wanted else None

    def _run(self, cell: Cell, attacker: Cnn | None, folder: Path) -> CellRun:
        engine = Cohort(device=self.device, workers=self.workers)
        trainings = Trainings(private=self.private, shadow=self.shadow)
        experiment = cell_experiment(cell, self.rounds, trainings, engine, self.seed, self.attacks, attacker)
        return CellRun(cell, experiment, RunFolder(folder), self.workers or cores())

    def _about(self, uars: Sequence[float], attacker: Cnn | None) -> str:
        attacks, theirs = (
            f"Attacks: {', '.join(self.attacks)}",
            f"{self.plain_rounds} rounds of one training of each role",
        )
        if attacker:
            attacks += f", and the CNN in {attacker.precision}"
            theirs += " and a batch on each layer of the CNN, its only attack,"
        return (
            f"{self.private} private and {self.shadow} shadow trainings of {self.rounds} rounds, on random features in"
            f" the shape of the cell, in which gender is planted (logistic regression tells it from single updates with"
            f" a UAR of {min(uars):.2f} or more). {attacks}. Plain: a sequential loop in the style of the paper's code,"
            f" on one core and without capture; {theirs} were timed, and the rest is extrapolated."
        )


def _totals(samples: Sequence[Sample]) -> list[Sample]:
    """The sums over all cells."""
    sums: dict[tuple[str, str], float] = {}
    for sample in samples:
        key = sample.side, f"{ALL}: {sample.case.rpartition(': ')[2]}"
        sums[key] = sums.get(key, 0.0) + sample.value
    return [Sample(side, case, "stage", 0, value) for (side, case), value in sums.items()]
