"""What the CNN attack costs: CPU seconds per update and pass, beside a plain PyTorch training loop."""

from collections.abc import Callable, Iterator, Sequence
from time import process_time
from typing import Protocol

import torch

from simulations.bench.cnn_job import CnnJob
from simulations.bench.cnn_ours import OurLoop
from simulations.bench.cnn_plain import PlainLoop
from simulations.bench.cnn_results import CnnSample

Progress = Callable[[int, int], None]


class Loop(Protocol):
    """A side that is ready to train."""

    name: str

    def train(self, number: int) -> float:
        """Pass ``number`` (from 1) over the training updates; their mean loss."""

    def validate(self) -> float:
        """One pass over the validation updates; their mean loss."""


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
