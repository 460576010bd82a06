"""The floor: the training's arithmetic on tensors that are ready, and nothing else.

Batches are gathered, dropout generators made and buffers allocated before the clock runs. A client update is then:
copy the broadcast model; per batch one matrix product forward and two back for each layer (one back for the first),
the dropout draw and the optimiser's step. A round adds the weighted sum and one forward pass over all that is held out.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fedser.algorithms.batches import batches
from fedser.algorithms.fedavg import FedAvg
from fedser.engine.client import one_thread
from fedser.engine.data import OpenData
from fedser.engine.simulation import Simulation
from fedser.partition.ragged import Rows
from fedser.seeds import Stream
from simulations.bench.flat import FlatAdam, FlatMLP
from simulations.bench.side import Job, Outcome, Tick

Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Work:
    """One client in one round: its batches in order, its dropout, and its n_k."""

    batches: tuple[Batch, ...]
    masks: torch.Generator
    examples: int


class Floor:
    """Hand-written steps over one flat vector of parameters."""

    name = "floor"

    def run(self, job: Job, tick: Tick) -> Outcome:
        """Train one client after the other with nothing between the steps."""
        with one_thread(), torch.no_grad():
            return _Training(job).run(tick)


class _Training:
    def __init__(self, job: Job) -> None:
        simulation, data = job.simulation, job.data.open()
        algorithm = simulation.algorithm
        self._learning_rate, self._net = algorithm.learning_rate, FlatMLP(job.network(), simulation.model.dropout)
        self._adam = FlatAdam(self._net, algorithm) if isinstance(algorithm, FedAvg) else None
        self._broadcast, self._mean = torch.empty_like(self._net.parameters), torch.empty_like(self._net.parameters)
        self._plan = [_round(simulation, data, number) for number in range(1, simulation.rounds + 1)]
        self._validation = _rows(data, data.partition.validation.rows)
        self._test = _rows(data, data.partition.test)

    def run(self, tick: Tick) -> Outcome:
        losses, validation, test = [], [], []
        for cohort in self._plan:
            losses.append(self._round(cohort, tick))
            validation.append(self._net.accuracy(*self._validation))
            test.append(self._net.accuracy(*self._test))
        return Outcome(tuple(losses), tuple(validation), tuple(test), None, self._net.arrays())

    def _round(self, cohort: Sequence[Work], tick: Tick) -> float:
        net, mean, loss = self._net, self._mean.zero_(), 0.0
        total = sum(work.examples for work in cohort)
        self._broadcast.copy_(net.parameters)
        for work in cohort:
            share = work.examples / total
            loss += share * self._client(work)
            mean.add_(net.gradient if self._adam is None else net.parameters, alpha=share)
        tick()
        if self._adam is None:
            net.parameters.sub_(mean, alpha=self._learning_rate)
        else:
            net.parameters.copy_(mean)
        return loss

    def _client(self, work: Work) -> float:
        """The client's mean loss; leaves its gradient (FedSGD) or its model (FedAvg) in the network."""
        if self._adam is None:
            return self._net.backward(*work.batches[0], work.masks)
        self._net.parameters.copy_(self._broadcast)
        self._adam.reset()
        loss = 0.0
        for x, y in work.batches:
            loss += self._net.backward(x, y, work.masks) * len(y)
            self._adam.step()
        return loss / sum(len(y) for _, y in work.batches)


def _round(simulation: Simulation, data: OpenData, number: int) -> tuple[Work, ...]:
    names = simulation.sampled(data.clients, number)
    return tuple(_work(simulation, data, name, simulation.stream("client", name, number)) for name in names)


def _work(simulation: Simulation, data: OpenData, name: str, stream: Stream) -> Work:
    client, algorithm, masks = data.client(name), simulation.algorithm, stream("dropout").torch()
    if isinstance(algorithm, FedAvg):
        epochs = [batches(client, algorithm.batch_size, stream("batch", epoch)) for epoch in range(algorithm.epochs)]
        return Work(tuple(itertools.chain(*epochs)), masks, len(client.y))
    batch = next(batches(client, algorithm.batch_size, stream("batch")))
    return Work((batch,), masks, len(batch[1]))


def _rows(data: OpenData, rows: Rows) -> Batch:
    return torch.from_numpy(np.asarray(data.x[rows])), torch.from_numpy(np.asarray(data.y[rows]))
