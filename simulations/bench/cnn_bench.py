"""Bench ``cnn``: CPU seconds per update and pass of the paper's attack, beside a plain PyTorch training loop."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from attacks.cnn.arithmetic import arithmetic
from simulations.bench.agreement import Agreement
from simulations.bench.bench import Bench
from simulations.bench.cnn import measure_cnn
from simulations.bench.cnn_agreement import LOSS, MODEL, agreement
from simulations.bench.cnn_job import CnnJob, CnnSetting, jobs
from simulations.bench.cnn_results import CnnSample
from simulations.bench.hardware import describe
from simulations.bench.ratios import ratio
from simulations.bench.results import Results
from simulations.bench.sample import Sample
from simulations.progress import Bars

CHECKED = (
    f"one pass from the same weights, on the same batches and dropout masks; tolerances: loss {LOSS:g}"
    f" (relative), model {MODEL:g} of the way it moved"
)


class CnnBench(Bench):
    """The CNN attack: an update in a training pass, and in a validation pass, layer by layer."""

    name: ClassVar[str] = "cnn"
    features: int = Field(988, ge=1, description="inputs of the attacked model")
    batches: int = Field(3, ge=1, description="batches of 20 updates in a training pass")
    repetitions: int = Field(5, ge=1)
    seed: int = Field(1, ge=0)

    def measure(self, bars: Bars) -> Results:
        """Time both sides on each layer, and hold them together."""
        machine = describe()
        setting = CnnSetting(self.features, batches=self.batches, repetitions=self.repetitions, seed=self.seed)
        with tempfile.TemporaryDirectory() as folder, arithmetic(setting.cnn):
            each = jobs(setting, Path(folder))
            samples = as_samples(measure_cnn(each, self.repetitions, bars.bar("bench cnn")))
            held = tuple(map(_agreement, each))
        about = (
            f"CPU time on one thread; the paper's networks on the layers of {self.features}-256-128-4, {self.batches}"
            " batches of 20 updates a pass, read from a store. Plain: modules, DataLoader and optimiser of PyTorch,"
            " with scikit-learn's scores after each batch, on updates in memory."
        )
        return Results(self.name, about, self, machine, samples, tuple(ratio(samples, "plain", "ours")), held, CHECKED)


def as_samples(found: Sequence[CnnSample]) -> tuple[Sample, ...]:
    """The same as values of this bench: a case is a layer."""
    return tuple(
        Sample(s.side, s.layer, "training pass" if s.unit == "training" else "validation pass", s.repetition, s.seconds)
        for s in found
    )


def _agreement(job: CnnJob) -> Agreement:
    """No scores are compared: the losses of both kinds of passes are."""
    found = agreement(job)
    return Agreement("ours", "plain", found.layer, loss=found.loss, score=0.0, model=found.model)
