"""The other side: a plain sequential PyTorch loop, in the style of the code behind Feng et al. 2021.

A Dataset and a DataLoader per client, a deep copy of the global model for each client that trains and each that
validates, a torch.optim optimiser, state dicts averaged entry by entry, every client validated in every round
through a DataLoader of its own, and the scores from scikit-learn. It is kinder than that code: nothing is written
or printed, no attack features are computed, training results are not scored, features are float32, and FedSGD
draws one batch instead of reading them all.
"""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from fedser.devices import one_thread
from fedser.models.parameters import parameters
from simulations.bench.plain_client import Sent, StateDict, Utterances, evaluate, train
from simulations.bench.plain_network import initial, plain_network
from simulations.bench.plain_scores import Result, Score, by_counts, by_scikit_learn
from simulations.bench.side import Job, Outcome, Tick


@dataclass(frozen=True)
class PlainLoop:
    """One client after the other, everything anew each time."""

    name: str
    score: Score

    def run(self, job: Job, tick: Tick) -> Outcome:
        """Train; dropout comes from PyTorch's seeded global generator, batches are those of our sides."""
        with one_thread(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(job.simulation.stream("plain").integer())
            return _Training(job, self.score).run(tick)


PLAIN = PlainLoop("plain", by_scikit_learn)
LEAN = PlainLoop("lean", by_counts)


class _Training:
    def __init__(self, job: Job, score: Score) -> None:
        self._simulation, self._score, data = job.simulation, score, job.data.open()
        self._model = plain_network(job)
        self._model.load_state_dict(initial(job))
        self._train = {name: Utterances(data, data.train_rows(name)) for name in data.clients}
        self._validation = [Utterances(data, rows) for rows in data.partition.validation]
        self._test = Utterances(data, data.partition.test)
        self._best: StateDict = {}

    def run(self, tick: Tick) -> Outcome:
        losses, accuracies, tests, best_score = [], [], [], -math.inf
        for number in range(1, self._simulation.rounds + 1):
            losses.append(self._round(number))
            accuracy, uar = self._validate()
            accuracies.append(accuracy)
            tests.append(self._evaluate(self._test).accuracy)
            if uar > best_score:
                best_score, self._best = uar, copy.deepcopy(self._model.state_dict())
            tick()
        return Outcome(tuple(losses), tuple(accuracies), tuple(tests), best_score, parameters(self._model))

    def _round(self, number: int) -> float:
        names = self._simulation.sampled(list(self._train), number)
        sent = []
        for name in names:
            stream = self._simulation.stream("client", name, number)
            sent.append(train(copy.deepcopy(self._model), self._train[name], self._simulation.algorithm, stream))
        self._server_step(sent)
        return _weighted([client.loss for client in sent], [client.examples for client in sent])

    def _server_step(self, sent: Sequence[Sent]) -> None:
        average = average_states([client.values for client in sent], [client.examples for client in sent])
        if self._simulation.algorithm.sends == "gradient":
            state = self._model.state_dict()
            average = {key: state[key] - self._simulation.algorithm.learning_rate * average[key] for key in state}
        self._model.load_state_dict(average)

    def _validate(self) -> tuple[float, float]:
        """Accuracy and UAR of each client on a copy of the model, weighted by the clients' sizes."""
        datasets = [dataset for dataset in self._validation if len(dataset)]
        results = [self._evaluate(dataset) for dataset in datasets]
        sizes = [len(dataset) for dataset in datasets]
        return _weighted([r.accuracy for r in results], sizes), _weighted([r.uar for r in results], sizes)

    def _evaluate(self, dataset: Utterances) -> Result:
        return evaluate(copy.deepcopy(self._model), dataset, self._simulation.algorithm.batch_size, self._score)


def average_states(states: Sequence[StateDict], sizes: Sequence[int]) -> StateDict:
    """The mean of each entry over the clients, weighted by ``sizes``."""
    average = {key: torch.zeros_like(value) for key, value in states[0].items()}
    for state, size in zip(states, sizes, strict=True):
        for key in average:
            average[key] += state[key] * (size / sum(sizes))
    return average


def _weighted(values: Sequence[float], sizes: Sequence[int]) -> float:
    """The mean weighted by ``sizes``; NaN where there is nothing."""
    total = sum(sizes)
    return sum(value * size for value, size in zip(values, sizes, strict=True)) / total if total else math.nan
