"""Bench ``capture``: updates written and read a second, whole in either precision, and as what attacks make of them."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import ClassVar

import numpy as np
from pydantic import Field

from fedser.algorithms import AlgorithmConfig
from fedser.models.parameters import parameters
from fedser.updates.capture import Capture
from fedser.updates.reductions import MeanInput
from fedser.updates.store import StoreWriter, UpdateStore
from fedser.updates.update import Arrays, Round, Update
from simulations.bench.bench import Bench
from simulations.bench.hardware import describe
from simulations.bench.measure import Measured, Trial, in_turns
from simulations.bench.ratios import Ratio, ratio
from simulations.bench.results import Results
from simulations.bench.sample import Sample
from simulations.bench.setting import Setting
from simulations.progress import Bars
from simulations.stages.simulate import public_parameters

MEAN = MeanInput(layer="dense1")
CAPTURES = {
    "float32": Capture(),
    "float16": Capture(precision="float16"),
    "reductions": Capture(store="reductions"),
}


class CaptureBench(Setting, Bench):
    """Captured updates a second, and bytes, written and read."""

    name: ClassVar[str] = "capture"
    rounds: int = Field(40, ge=1, description="rounds that are written and then read")
    repetitions: int = Field(3, ge=1)

    def measure(self, bars: Bars) -> Results:
        """Write and read what each algorithm sends, in turns."""
        machine = describe()
        with tempfile.TemporaryDirectory() as folder:
            groups = [self._trials(algorithm, Path(folder)) for algorithm in self.algorithms]
            samples = in_turns(groups, self.repetitions, bars.bar("bench capture"))
        about = (
            f"{self.text}; {self.rounds} rounds of one process, one file each. Bytes are those of the files; they are"
            f" read from memory, where the system keeps what was just written. Reductions: {MEAN.key}."
        )
        return Results(self.name, about, self, machine, tuple(samples), tuple(_ratios(samples)))

    def _trials(self, algorithm: AlgorithmConfig, folder: Path) -> list[Trial]:
        rounds = list(self._rounds(algorithm))
        public = public_parameters(self.simulation(algorithm, self.rounds), self.features)
        writers = {
            name: StoreWriter(folder / name, public, capture, (MEAN,) if name == "reductions" else ())
            for name, capture in CAPTURES.items()
        }
        return [Trial(name, algorithm.name, partial(_timed, writer, rounds)) for name, writer in writers.items()]

    def _rounds(self, algorithm: AlgorithmConfig) -> Iterator[Round]:
        """Rounds of random updates; their arrays are shared, which costs no writer less."""
        model, generator = self._model(algorithm), self.stream("updates").numpy()
        sent = {name: array + generator.standard_normal(array.shape, dtype=np.float32) for name, array in model.items()}
        for number in range(1, self.rounds + 1):
            clients = range(algorithm.cohort_size(self.clients))
            yield Round(number, model, tuple(Update(number, f"client-{k:05d}", self.batch_size, sent) for k in clients))

    def _model(self, algorithm: AlgorithmConfig) -> Arrays:
        return parameters(self.simulation(algorithm, self.rounds).network(self.features))


def _timed(writer: StoreWriter, rounds: Iterable[Round]) -> Measured:
    """Seconds of writing all rounds, and of reading them."""
    begun = writer.begin()
    start = perf_counter()
    for seen in rounds:
        begun(seen)
    written = perf_counter() - start
    size = sum(path.stat().st_size for path in writer.folder.iterdir())
    start = perf_counter()
    captures = _read(UpdateStore(writer.folder))
    read = perf_counter() - start
    shutil.rmtree(writer.folder)
    return {
        "captures written": [captures / written],
        "bytes written": [size / written],
        "captures read": [captures / read],
        "bytes read": [size / read],
    }


def _read(store: UpdateStore) -> int:
    """Read everything as an attack does; how many captures that were."""
    if store.reductions:
        return len([store.reduced(row.round, row.client, MEAN) for row in store.rows()])
    return sum(len(seen.updates) for seen in store.read())


def _ratios(samples: list[Sample]) -> Iterator[Ratio]:
    pairs = (("float16", "float32"), ("reductions", "float32"))
    return chain.from_iterable(
        ratio(samples, above, below, "captures written", "captures read") for above, below in pairs
    )
