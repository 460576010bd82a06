"""Bench ``stock``: stock Flower's simulation beside our engines, per client update, each in a process of its own.

All clients train in every round, so that every side trains the same ones. The first round, counted from the start of
the process, is reported by itself; a client update is a later round divided by its clients.
"""

import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from fedser.engine.cohort import Cohort
from fedser.engine.flower import Flower
from simulations.bench.agreement import Agreement, agreements
from simulations.bench.bench import Bench
from simulations.bench.cold import run_cold
from simulations.bench.engines import EngineSide
from simulations.bench.hardware import describe
from simulations.bench.measure import Measured, Trial, in_turns
from simulations.bench.ratios import Ratio, ratio
from simulations.bench.results import Results
from simulations.bench.sample import Sample
from simulations.bench.setting import Numbers, Sizes, distinct, write_data
from simulations.bench.side import Job, Outcome, Side
from simulations.bench.stock_side import StockFlower
from simulations.progress import Bars

Written = Literal["stock", "stock-lean"]


class StockBench(Sizes, Bench):
    """A client update in stock Flower's simulation, in our flower engine on Ray, and in the default engine."""

    name: ClassVar[str] = "stock"
    clients: Numbers = Field((10, 100, 1000), description="how many there are, all of whom train in each round")
    checked: int = Field(10, ge=2, description="clients of the check that all sides compute the same")
    written: Annotated[tuple[Written, ...], AfterValidator(distinct)] = Field(
        ("stock", "stock-lean"),
        min_length=1,
        description="Flower's client as its documentation teaches it, and without DataLoader",
    )
    workers: int = Field(2, ge=1, description="processes of every side")
    updates: int = Field(2000, ge=1, description="client updates to time on each side; between 2 and 20 rounds")
    timeout: float = Field(900, gt=0, description="seconds that one training may take")

    def measure(self, bars: Bars) -> Results:
        """Time every side at each size; raises ApartError where a side fails or hangs."""
        machine = describe()
        with tempfile.TemporaryDirectory() as folder:
            groups = [self._trials(size, Path(folder)) for size in self.clients]
            samples = in_turns(groups, 1, bars.bar("bench stock"))
            held = tuple(self._agreements(Path(folder)))
        about = (
            f"all clients train in each round, in {self.workers} processes: FedAvg with Adam, about {self.utterances}"
            f" utterances a client, {'-'.join(map(str, self.widths))}, nothing held out. stock: a DataLoader and a new"
            " model for each client, as Flower's documentation writes it; stock-lean: neither."
        )
        return Results(self.name, about, self, machine, tuple(samples), tuple(_ratios(samples)), held)

    @property
    def sides(self) -> list[Side]:
        """All sides."""
        stock: list[Side] = [StockFlower(name, name == "stock-lean", self.workers) for name in self.written]
        ray = EngineSide("flower on ray", Flower(workers=self.workers, device="cpu"))
        return [*stock, ray, EngineSide("cohort", Cohort(workers=self.workers, device="cpu"))]

    def _trials(self, size: int, folder: Path) -> list[Trial]:
        setting, rounds = self.of(size, size), max(2, min(20, self.updates // size))
        place = folder / str(size)
        place.mkdir()
        job = Job(setting.simulation(setting.fedavg, rounds + 1), write_data(setting, place, held_out=False))
        return [Trial(side.name, f"{size:,} a round", partial(self._timed, side, job)) for side in self.sides]

    def _timed(self, side: Side, job: Job) -> Measured:
        cold = run_cold(side, job, self.timeout)
        first, *later = cold.rounds
        return {"client update": [seconds / job.cohort for seconds in later], "first round": [first]}

    def _agreements(self, folder: Path) -> Iterator[Agreement]:
        setting = self.of(self.checked, self.checked)
        data = write_data(setting, folder, held_out=False)
        return agreements(setting, setting.fedavg, data, self.sides, self._outcome)

    def _outcome(self, side: Side, job: Job) -> Outcome:
        return run_cold(side, job, self.timeout).outcome


def _ratios(samples: Sequence[Sample]) -> Iterator[Ratio]:
    stock = [name for name in dict.fromkeys(s.side for s in samples) if name.startswith("stock")]
    pairs = [(name, ours) for ours in ("cohort", "flower on ray") for name in stock]
    return chain.from_iterable(ratio(samples, above, below) for above, below in pairs)
