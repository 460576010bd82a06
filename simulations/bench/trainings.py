"""Bench ``trainings``: how many whole trainings a minute, the more of them go on side by side."""

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import ClassVar

from pydantic import Field

from fedser.devices import Device
from fedser.engine.cohort import Cohort
from fedser.engine.data import TrainingData
from fedser.engine.training import Training
from simulations.bench.bench import Bench
from simulations.bench.hardware import describe
from simulations.bench.measure import Measured, Trial, in_turns
from simulations.bench.ratios import ratio
from simulations.bench.results import Results
from simulations.bench.setting import Numbers, Setting, write_data
from simulations.progress import Bars

ALONE, TOGETHER = "one at a time", "side by side"


class TrainingsBench(Setting, Bench):
    """Whole trainings a minute: one after the other on one core, and side by side on all."""

    name: ClassVar[str] = "trainings"
    numbers: Numbers = Field((1, 2, 4, 6), description="trainings side by side")
    rounds: int = Field(200, ge=1)
    repetitions: int = Field(1, ge=1)
    workers: int = Field(2, ge=1, description="processes, where trainings go on side by side on a CPU")
    device: Device = "cpu"

    def measure(self, bars: Bars) -> Results:
        """Time each number, in turns with a single training."""
        machine = describe()
        with tempfile.TemporaryDirectory() as folder:
            data = write_data(self, Path(folder))
            groups = [self._trials(number, data) for number in self.numbers]
            samples = in_turns(groups, self.repetitions, bars.bar("bench trainings"))
        ratios = ratio(samples, TOGETHER, ALONE, "trainings a minute")
        about = (
            f"{self.text}, FedAvg with Adam, {self.rounds} rounds with their evaluation. {ALONE}: in this process;"
            f" {TOGETHER}: in {self.workers} processes, whose start is counted."
        )
        return Results(self.name, about, self, machine, tuple(samples), tuple(ratios))

    def _trials(self, number: int, data: TrainingData) -> list[Trial]:
        trainings = [
            Training(self.simulation(self.fedavg, self.rounds, name=f"training-{place}"), data)
            for place in range(number)
        ]
        alone = Cohort(workers=1, device=self.device)
        together = Cohort(workers=self.workers, device=self.device)
        return [
            Trial(ALONE, str(number), partial(_timed, alone, trainings[:1])),
            Trial(TOGETHER, str(number), partial(_timed, together, trainings)),
        ]


def _timed(engine: Cohort, trainings: Sequence[Training]) -> Measured:
    start = perf_counter()
    engine.run_all(trainings, lambda place, state: None)
    seconds = (perf_counter() - start) / len(trainings)
    return {"training": [seconds], "trainings a minute": [60 / seconds]}
