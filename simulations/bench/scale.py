"""Bench ``scale``: what a client update costs, and how much memory a training takes, the more clients there are.

Each point is a training in a process of its own, of which nothing is held out, so that evaluation does not grow with
the clients. A tenth of them, or at most 1,000, train in a round; a million are registered with 100 a round.
"""

import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from fedser.devices import Device
from fedser.engine.cohort import Cohort
from simulations.bench.bench import Bench
from simulations.bench.cold import run_cold
from simulations.bench.engines import EngineSide
from simulations.bench.hardware import describe
from simulations.bench.measure import Measured, Trial, in_turns
from simulations.bench.ratios import Ratio, across
from simulations.bench.results import Results
from simulations.bench.sample import Sample
from simulations.bench.setting import Numbers, Sizes, write_data
from simulations.bench.side import Job
from simulations.progress import Bars

MILLION = 1_000_000
_SIDE = "cohort"


class ScaleBench(Sizes, Bench):
    """A client update and the memory of a training, from ten clients to a million."""

    name: ClassVar[str] = "scale"
    utterances: int = Field(10, ge=2, description="training utterances of a client, on average; ragged by 40 %")
    features: int = Field(16, ge=1, description="few, so that the data of a million clients fit on the disk")
    registered: Numbers = Field((10, 100, 1000, 10_000, 100_000, MILLION), description="clients that there are")
    updates: int = Field(5000, ge=1, description="client updates to time at each point; between 3 and 200 rounds")
    workers: int = Field(1, ge=1, description="processes; memory is that of the first, so that one tells most")
    device: Device = "cpu"
    timeout: float = Field(600, gt=0, description="seconds that one training may take")

    def measure(self, bars: Bars) -> Results:
        """Time every point; raises ApartError where one fails."""
        machine, told = describe(), bars.bar("bench scale")
        samples: list[Sample] = []
        for done, number in enumerate(self.registered):
            with tempfile.TemporaryDirectory() as folder:  # one at a time: the largest takes a gigabyte
                samples += in_turns([[self._trial(number, Path(folder))]], 1, lambda *_: None)
            told(done + 1, len(self.registered))
        about = (
            f"FedAvg with Adam, about {self.utterances} utterances a client, {'-'.join(map(str, self.widths))}, nothing"
            f" held out, {self.workers} process(es). Own memory is what no file backs; the data are mapped files."
        )
        return Results(self.name, about, self, machine, tuple(samples), tuple(_ratios(samples)))

    def a_round(self, number: int) -> int:
        """How many of ``number`` clients train in a round."""
        return 100 if number >= MILLION else max(1, min(1000, number // 10))

    def _trial(self, number: int, folder: Path) -> Trial:
        cohort = self.a_round(number)
        setting = self.of(number, cohort)
        rounds = max(3, min(200, self.updates // cohort))
        job = Job(setting.simulation(setting.fedavg, rounds + 1), write_data(setting, folder, held_out=False))
        return Trial(_SIDE, _case(number, cohort), partial(self._timed, job))

    def _timed(self, job: Job) -> Measured:
        cold = run_cold(EngineSide(_SIDE, Cohort(workers=self.workers, device=self.device)), job, self.timeout)
        first, *later = cold.rounds
        return {
            "client update": [sum(later) / len(later) / job.cohort],
            "first round": [first],
            "peak memory": [cold.peak_memory],
            "own memory": [cold.own_memory],
        }


def registered(case: str) -> int:
    """How many clients are registered in a case."""
    return int(case.split(" ")[0].replace(",", ""))


def _case(number: int, cohort: int) -> str:
    return f"{number:,} clients, {cohort:,} a round"


def _ratios(samples: Sequence[Sample]) -> Iterator[Ratio]:
    """Every point to the one before it."""
    cases = list(dict.fromkeys(sample.case for sample in samples))
    pairs = zip(cases[1:], cases, strict=False)
    return chain.from_iterable(across(samples, after, before, "client update", "own memory") for after, before in pairs)
