"""The floor: the training's arithmetic on tensors that are ready, and nothing else.

Batches are gathered, dropout generators made and buffers allocated before the clock runs. A client update is then:
copy the broadcast model; per batch one matrix product forward and two back for each layer (one back for the first),
the dropout draw and the optimiser's step. A round adds the weighted sum in float32 and one forward pass over all that
is held out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fedser.devices import one_thread
from fedser.engine.cohort.dropout import single
from fedser.engine.data import OpenData
from fedser.engine.simulation import Simulation
from fedser.errors import ConfigError
from fedser.models.kernel import Drop
from fedser.models.layout import Layout
from fedser.models.parameters import parameters
from fedser.partition.ragged import Rows
from fedser.seeds import Stream
from simulations.bench.side import Job, Outcome, Tick


@dataclass(frozen=True)
class Batch:
    """Features [batch, dims], labels [batch], and one over the size of the batch for each [batch]."""

    x: Tensor
    y: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Work:
    """One client in one round: its batches in order, its dropout, and its n_k."""

    batches: tuple[Batch, ...]
    drop: Drop
    examples: int


class Floor:
    """The platform's explicit passes and steps over flat vectors, in a loop of its own."""

    name = "floor"

    def run(self, job: Job, tick: Tick) -> Outcome:
        """Train one client after the other with nothing between the steps; raises ConfigError without such passes."""
        with one_thread(), torch.no_grad():
            return _Training(job).run(tick)


class _Training:
    def __init__(self, job: Job) -> None:
        simulation, data = job.simulation, job.data.open()
        start = parameters(job.network())
        self._layout, self._residual = Layout.of(start), simulation.task.residual
        self._weights = self._layout.flat(start)
        gradient = torch.zeros_like(self._weights)
        kernel = simulation.defended_model.kernel(self._layout, self._weights, gradient, "float32")
        if kernel is None:
            raise ConfigError(f"the floor needs explicit passes, which the model {simulation.model.name} does not have")
        self._kernel, steps = kernel, simulation.algorithm.local_steps
        self._steps = steps[0].flat(self._weights, steps[1]) if steps else None
        self._learning_rate = simulation.algorithm.learning_rate
        self._broadcast, self._mean = torch.empty_like(self._weights), torch.empty_like(self._weights)
        self._plan = [_round(simulation, data, number) for number in range(1, simulation.rounds + 1)]
        self._validation = _rows(data, data.partition.validation.rows)
        self._test = _rows(data, data.partition.test)

    def run(self, tick: Tick) -> Outcome:
        losses, validation, test = [], [], []
        for cohort in self._plan:
            losses.append(self._round(cohort))
            validation.append(self._accuracy(*self._validation))
            test.append(self._accuracy(*self._test))
            tick()
        model = self._layout.arrays(self._weights.numpy())
        return Outcome(tuple(losses), tuple(validation), tuple(test), None, model)

    def _round(self, cohort: Sequence[Work]) -> float:
        mean, loss, total = self._mean.zero_(), 0.0, sum(work.examples for work in cohort)
        self._broadcast.copy_(self._weights)
        for work in cohort:
            share = work.examples / total
            loss += share * self._client(work)
            mean.add_(self._weights if self._steps else self._kernel.gradient, alpha=share)
        if self._steps:
            self._weights.copy_(mean)
        else:
            self._weights.sub_(mean, alpha=self._learning_rate)
        return loss

    def _client(self, work: Work) -> float:
        """The client's mean loss; leaves its gradient (FedSGD) or its model (FedAvg) in the kernel's vectors."""
        if self._steps:
            self._weights.copy_(self._broadcast)
            self._steps.begin()
        loss = 0.0
        for batch in work.batches:
            mean = self._kernel.backward(batch.x, batch.y, batch.weights, work.drop, self._residual)
            loss += mean.item() * len(batch.y)
            if self._steps:
                self._steps.step(self._weights, self._kernel.gradient)
        return loss / sum(len(batch.y) for batch in work.batches)

    def _accuracy(self, x: Tensor, y: Tensor) -> float:
        """The share of right classes in one forward pass; NaN without rows."""
        if not len(y):
            return float("nan")
        return (self._kernel.logits(x).argmax(dim=1) == y).float().mean().item()


def _round(simulation: Simulation, data: OpenData, number: int) -> tuple[Work, ...]:
    names = simulation.sampled(data.clients, number)
    return tuple(
        _work(simulation, data, data.train_rows(name), simulation.stream("client", name, number)) for name in names
    )


def _work(simulation: Simulation, data: OpenData, rows: Rows, stream: Stream) -> Work:
    plan = simulation.algorithm.plan(len(rows), stream)
    batches = tuple(_batch(data, rows[batch]) for batch in plan.batches)
    return Work(batches, single(stream("dropout").torch()), plan.examples)


def _batch(data: OpenData, rows: Rows) -> Batch:
    return Batch(*_rows(data, rows), torch.full((len(rows),), 1 / len(rows)))


def _rows(data: OpenData, rows: Rows) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(np.asarray(data.x[rows])), torch.from_numpy(np.asarray(data.y[rows]))
