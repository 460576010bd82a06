"""Bench ``round``: our engines beside a plain sequential loop and beside bare arithmetic, on one core and on two."""

import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from fedser.engine.data import TrainingData
from simulations.bench.agreement import agreements
from simulations.bench.bench import Bench
from simulations.bench.clock import CLOCKS, seconds_per_round
from simulations.bench.engines import EngineName, cohort_on, engine_side
from simulations.bench.floor import Floor
from simulations.bench.hardware import describe
from simulations.bench.measure import Measured, Trial, in_turns
from simulations.bench.plain import LEAN, PLAIN
from simulations.bench.ratios import Ratio, ratio
from simulations.bench.results import Results
from simulations.bench.sample import Quantity, Sample
from simulations.bench.setting import Clock, Setting, distinct, without_evaluation, write_data
from simulations.bench.side import Job, Side
from simulations.progress import Bars

ABOUT = (
    "Round: with the evaluation of all clients' validation data and of the test data. Client update: a round with"
    " nothing held out, divided by its clients. Plain: a sequential loop in the style of the paper's code, with"
    " scikit-learn's scores; lean: the same with scores counted directly. Floor: the same steps on tensors that are"
    " ready. One core each, and N for cohort-N."
)


class RoundBench(Setting, Bench):
    """A round and a client update: our engines, the paper's style of loop, and bare arithmetic."""

    name: ClassVar[str] = "round"
    engines: Annotated[tuple[EngineName, ...], AfterValidator(distinct)] = Field(
        ("cohort", "inline", "flower"), min_length=1, description="which of ours, on one core each; the first is ours"
    )
    cores: int = Field(2, ge=1, description="the default engine is timed on so many cores, too")
    rounds: int = Field(10, ge=1, description="timed rounds of one repetition, after one that is not timed")
    repetitions: int = Field(5, ge=1)
    clock: Clock = Field("wall", description="cpu: seconds of a core of this process, where others share the machine")

    def measure(self, bars: Bars) -> Results:
        """Time every side on both algorithms, and hold all together."""
        ours: list[Side] = [engine_side(name) for name in self.engines]
        if self.cores > 1 and self.clock == "wall":
            ours.append(cohort_on(self.cores))
        everyone, machine = [*ours, PLAIN, LEAN, Floor()], describe()
        with tempfile.TemporaryDirectory() as folder:
            data = write_data(self, Path(folder))
            samples = in_turns(list(self._groups(data, everyone)), self.repetitions, bars.bar("bench round"))
            held = [a for algorithm in self.algorithms for a in agreements(self, algorithm, data, everyone)]
        about = f"{self.text}, FedAvg with Adam; {self.repetitions} x {self.rounds} rounds. {ABOUT}"
        ratios = tuple(_ratios(samples, [side.name for side in ours]))
        return Results(self.name, about, self, machine, tuple(samples), ratios, tuple(held))

    def _groups(self, data: TrainingData, sides: Sequence[Side]) -> Iterator[list[Trial]]:
        bare = without_evaluation(data)
        for algorithm in self.algorithms:
            simulation = self.simulation(algorithm, self.rounds + 1)
            yield [_trial(side, Job(simulation, data), "round", self.clock) for side in sides]
            yield [_trial(side, Job(simulation, bare), "client update", self.clock) for side in sides]


def _trial(side: Side, job: Job, quantity: Quantity, clock: Clock) -> Trial:
    parts = job.cohort if quantity == "client update" else 1

    def timed() -> Measured:
        return {quantity: [seconds_per_round(side, job, CLOCKS[clock]) / parts]}

    return Trial(side.name, job.simulation.algorithm.name, timed)


def _ratios(samples: Sequence[Sample], ours: Sequence[str]) -> Iterator[Ratio]:
    """Theirs to the first of ours, our others to it, one core to two, and all that to bare arithmetic."""
    first, *others = ours
    pairs = [(PLAIN.name, first), (LEAN.name, first)]
    pairs += [(first, name) if name.startswith("cohort-") else (name, first) for name in others]
    return chain.from_iterable(ratio(samples, above, below) for above, below in (*pairs, (first, Floor.name)))
