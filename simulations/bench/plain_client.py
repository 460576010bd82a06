"""What one client does in the plain loop: a DataLoader over its utterances, a few optimiser steps, a state dict."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from fedser.algorithms import AlgorithmConfig
from fedser.algorithms.fedavg import FedAvg
from fedser.algorithms.fedsgd import FedSGD
from fedser.engine.data import OpenData
from fedser.partition.ragged import Rows
from fedser.seeds import Stream
from simulations.bench.plain_scores import Result, Score

StateDict = Mapping[str, Tensor]


class Utterances(Dataset[tuple[Tensor, int]]):
    """Some rows of the data, one utterance at a time: float32 [dims] and the label."""

    def __init__(self, data: OpenData, rows: Rows) -> None:
        self._x, self._y = np.asarray(data.x[rows]), np.asarray(data.y[rows])

    def __len__(self) -> int:
        return len(self._y)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return torch.from_numpy(self._x[index]), int(self._y[index])


@dataclass(frozen=True)
class Sent:
    """What a client hands to the server: gradients or parameters by name, its n_k, and its mean loss."""

    values: StateDict
    examples: int
    loss: float


def train(model: nn.Module, dataset: Utterances, algorithm: AlgorithmConfig, stream: Stream) -> Sent:
    """Train ``model``, which is the client's own copy."""
    model.train()
    if isinstance(algorithm, FedSGD):
        return _gradient(model, dataset, algorithm, stream)
    return _epochs(model, dataset, algorithm, stream)


def _gradient(model: nn.Module, dataset: Utterances, algorithm: FedSGD, stream: Stream) -> Sent:
    x, y = next(iter(_shuffled(dataset, algorithm.batch_size, stream("batch"))))
    loss = nn.CrossEntropyLoss()(model(x), y)
    loss.backward()
    values = {key: p.grad.detach().clone() for key, p in model.named_parameters() if p.grad is not None}
    return Sent(values, len(y), loss.item())


def _epochs(model: nn.Module, dataset: Utterances, algorithm: FedAvg, stream: Stream) -> Sent:
    optimizer, criterion = algorithm.optimizer.build(model.parameters(), algorithm.learning_rate), nn.CrossEntropyLoss()
    losses, sizes = [], []
    for epoch in range(algorithm.epochs):
        for x, y in _shuffled(dataset, algorithm.batch_size, stream("batch", epoch)):
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            sizes.append(len(y))
    return Sent(model.state_dict(), len(dataset), float(np.average(losses, weights=sizes)))


def evaluate(model: nn.Module, dataset: Utterances, batch_size: int, score: Score) -> Result:
    """The scores of ``model`` on ``dataset``, batch by batch."""
    if not len(dataset):
        return Result(math.nan, math.nan)
    model.eval()
    truth: list[int] = []
    predicted: list[int] = []
    with torch.no_grad():
        for x, y in DataLoader(dataset, batch_size=batch_size, shuffle=False):
            truth.extend(y.tolist())
            predicted.extend(model(x).argmax(dim=1).tolist())
    return score(truth, predicted)


def _shuffled(dataset: Utterances, batch_size: int, stream: Stream) -> DataLoader[tuple[Tensor, int]]:
    """A DataLoader in a drawn order: the order that our engines draw from the same stream."""
    order = stream.numpy().permutation(len(dataset)).tolist()
    return DataLoader(dataset, batch_size=batch_size, sampler=order)
