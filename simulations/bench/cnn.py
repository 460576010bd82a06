"""What the CNN attack costs: CPU seconds per update and pass, beside a plain PyTorch training loop.

By itself: ``python -m simulations.bench.cnn``.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import process_time
from typing import Annotated, Protocol

import torch
import typer
from rich.console import Console

from attacks.cnn.arithmetic import arithmetic
from fedser.errors import FedserError
from simulations.bench.cnn_agreement import agreement
from simulations.bench.cnn_job import CnnJob, CnnSetting, jobs
from simulations.bench.cnn_ours import OurLoop
from simulations.bench.cnn_plain import PlainLoop
from simulations.bench.cnn_results import CnnResults, CnnSample
from simulations.bench.cnn_table import render_cnn
from simulations.progress import bars

Progress = Callable[[int, int], None]

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


class Loop(Protocol):
    """A side that is ready to train."""

    name: str

    def train(self, number: int) -> float:
        """Pass ``number`` (from 1) over the training updates; their mean loss."""

    def validate(self) -> float:
        """One pass over the validation updates; their mean loss."""


def bench_cnn(setting: CnnSetting, progress: Progress) -> CnnResults:
    """Measure both sides and hold them together; ``progress`` is told (done, total)."""
    with tempfile.TemporaryDirectory() as folder, arithmetic(setting.cnn):
        each = jobs(setting, Path(folder))
        samples = measure_cnn(each, setting.repetitions, progress)
        held = tuple(agreement(job) for job in each)
    return CnnResults(tuple(samples), held)


def measure_cnn(each: Sequence[CnnJob], repetitions: int, progress: Progress) -> list[CnnSample]:
    """Time both sides on each job, in turns, after one pass that is not counted; on as many threads as torch has."""
    samples: list[CnnSample] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for number, job in enumerate(each):
            sides: list[Loop] = [OurLoop(job), PlainLoop(job)]
            for repetition in range(repetitions + 1):
                found = [sample for side in sides for sample in _samples(side, job, repetition)]
                samples += found if repetition else []
                progress(number * (repetitions + 1) + repetition + 1, len(each) * (repetitions + 1))
                sides.reverse()  # no side always follows the same one
    return samples


def _samples(side: Loop, job: CnnJob, repetition: int) -> Iterator[CnnSample]:
    start = process_time()
    side.train(repetition + 1)
    middle = process_time()
    side.validate()
    end = process_time()
    layer, lesson = job.lesson.layer, job.lesson
    yield CnnSample(side.name, layer, "training", repetition, (middle - start) / len(lesson.train))
    yield CnnSample(side.name, layer, "validation", repetition, (end - middle) / len(lesson.validation))


@app.command()
def main(
    batches: Annotated[int, typer.Option(min=1, help="batches of 20 updates in a training pass")] = 3,
    repetitions: Annotated[int, typer.Option(min=1, help="how often each side is timed, in turns")] = 5,
    features: Annotated[int, typer.Option(min=1, help="inputs of the attacked model")] = 988,
    seed: Annotated[int, typer.Option(min=0, help="of updates, weights, orders and dropout")] = 1,
) -> None:
    """CPU seconds per update and pass of the attack's training, beside a plain PyTorch loop."""
    setting = CnnSetting(features, batches=batches, repetitions=repetitions, seed=seed)
    try:
        with bars() as shown:
            results = bench_cnn(setting, shown.bar("cnn"))
    except FedserError as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"bench: {error}", style="red", markup=False)
        sys.exit(error.exit_code)
    Console().print(render_cnn(results))
    if not results.agree:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
