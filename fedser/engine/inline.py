"""The slow, obviously right engine: one client after the other, in this process. The oracle of the others."""

from collections.abc import Collection, Iterable, Iterator
from typing import ClassVar, Literal

import torch
from torch import nn

from fedser.devices import one_thread
from fedser.engine.bounded import bounded
from fedser.engine.client import Clients
from fedser.engine.client_states import ClientStates
from fedser.engine.data import Features, Labels, OpenData
from fedser.engine.engine import Engine
from fedser.engine.evaluation import Evaluation, Scores
from fedser.engine.further import Further
from fedser.engine.history import State
from fedser.engine.learner import Learnt, Work
from fedser.engine.loop import Evaluate, Wanted, train
from fedser.engine.parts import Part, whole_parts
from fedser.engine.simulation import Simulation
from fedser.engine.training import Training
from fedser.engine.watched import Watched
from fedser.models.parameters import gradients, load, parameters
from fedser.updates.update import Arrays


class Inline(Engine):
    """A plain loop over the sampled clients in this process."""

    source: ClassVar[str] = "McMahan et al. 2017, algorithm 1"
    name: Literal["inline"] = "inline"

    def run(self, training: Training) -> State:
        """Train every sampled client in turn."""
        self.admit(training.simulation)
        simulation, data = training.simulation, training.data.open()
        clients = self.clients(simulation, data, training.client_states)

        def collect(wanted: Wanted) -> Iterator[Part]:
            replies = clients.replies(wanted.number, wanted.broadcast, wanted.clients)
            return whole_parts(len(wanted.clients), replies)

        with one_thread():
            return train(training, data, collect, module_evaluation(simulation, data))

    def clients(self, simulation: Simulation, data: OpenData, states: ClientStates | None = None) -> Clients:
        """Each by itself, through the torch module."""
        return Clients(simulation, data, ModuleLearner(simulation, data), states)


class ModuleLearner:
    """Back-propagation through the torch module, with PyTorch's own optimisers."""

    width = 1

    def __init__(self, simulation: Simulation, data: OpenData) -> None:
        self._task, self._data, self._steps = simulation.task, data, simulation.algorithm.local_steps
        self._network, self._further = simulation.network(data.x.shape[1]), Further(simulation)

    def learn(self, broadcast: Arrays, works: Iterable[Work]) -> Iterator[Learnt]:
        """One client after the other, each from the broadcast model."""
        return (self._learn(broadcast, work) for work in works)

    def _learn(self, broadcast: Arrays, work: Work) -> Learnt:
        network = self._network.train()
        load(network, {**broadcast, **work.own})
        steps, loss_sum, seen = self._steps, 0.0, 0
        optimizer = steps[0].build(network.parameters(), steps[1]) if steps else None
        watched = Watched(self._task, self._data, work, network)
        with self._further.listening(network, work) as further:
            for number, rows in enumerate(work.batches):
                network.zero_grad()
                x, y = torch.from_numpy(self._data.x[rows]), torch.from_numpy(self._data.y[rows])
                masks = work.masks.clone_state() if work.bound else work.masks
                loss = self._task.loss(network, x, y, work.masks)
                further.added(loss, number, x).backward()  # type: ignore[no-untyped-call]
                if work.bound:
                    bounded(self._task, network, x, y, work, masks)
                if optimizer:
                    optimizer.step()
                    _put_back(network, broadcast, work.frozen)
                loss_sum, seen = loss_sum + loss.item() * len(rows), seen + len(rows)
                if watched.ends(number, optimizer):
                    break
        watched.finish()
        return Learnt(parameters(network) if optimizer else gradients(network), loss_sum / seen)


def _put_back(network: nn.Module, arrays: Arrays, names: Collection[str]) -> None:
    with torch.no_grad():
        for name in names:
            network.get_parameter(name).copy_(torch.tensor(arrays[name]))


def module_evaluation(simulation: Simulation, data: OpenData) -> Evaluate:
    """Scores models by forward passes of the torch module."""
    network, task = simulation.network(data.x.shape[1]).eval(), simulation.task
    evaluation = Evaluation(data, task, simulation.selection)

    def predict(x: Features, piece: int) -> Labels:
        return task.predict(network, x, simulation.masks_at_evaluation(piece))

    def evaluate(model: Arrays) -> Scores:
        load(network, model)
        return evaluation(predict)

    return evaluate
