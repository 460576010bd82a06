"""A client that watches its own validation loss between its local epochs: smaller steps, an end, and the best epoch."""

import torch
from torch import nn

from fedser.engine.data import OpenData
from fedser.engine.learner import Work
from fedser.models.parameters import load, parameters
from fedser.tasks import TaskConfig
from fedser.updates.update import Arrays


class Watched:
    """What is to be done after each batch of one client's ``work``; without anything to watch, nothing."""

    def __init__(self, task: TaskConfig, data: OpenData, work: Work, network: nn.Module) -> None:
        self._task, self._data, self._watch, self._network = task, data, work.watch, network
        self._losses = list[float]()
        self._best: Arrays = {}

    def ends(self, number: int, optimizer: torch.optim.Optimizer | None) -> bool:
        """Whether batch ``number``, from 0, was the last; at the end of an epoch the learning rate may fall."""
        watch = self._watch
        if watch is None or optimizer is None or (number + 1) % watch.steps:
            return False
        x, y = self._data.x[watch.rows], self._data.y[watch.rows]
        self._losses.append(self._task.mean_loss(self._network.eval(), x, y))
        self._network.train()
        if self._losses[-1] == min(self._losses):
            self._best = parameters(self._network)
        before, after = (watch.plateau.scale(losses) for losses in (self._losses[:-1], self._losses))
        for group in optimizer.param_groups:
            group["lr"] *= (after or 1.0) / (before or 1.0)
        return after is None

    def finish(self) -> None:
        """Go back to the epoch of the lowest loss; of what is not finite there is none."""
        if self._best:
            load(self._network, self._best)
