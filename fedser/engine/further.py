"""What clients minimise beside the task's loss where a defense is an objective, for each way of learning."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from fedser.defenses.objective import Batch, Objective
from fedser.engine.learner import Work
from fedser.engine.simulation import Simulation
from fedser.updates.update import BESIDE


@dataclass(frozen=True)
class Tapped:
    """The derivatives of the further loss of one batch, by autograd over no more than its own small graph."""

    objective: Objective
    layer: int
    batch: Batch

    def __call__(self, hidden: Tensor, beside: Mapping[str, Tensor]) -> tuple[Tensor, Mapping[str, Tensor]]:
        """By the activations and by each array."""
        with torch.enable_grad():
            leaf = hidden.detach().requires_grad_()
            named = {name: each.detach().requires_grad_() for name, each in beside.items()}
            loss = self.objective.term(leaf, named, self.batch).sum()
            pull, *moved = torch.autograd.grad(loss, [leaf, *named.values()], allow_unused=True, materialize_grads=True)
        return pull, dict(zip(named, moved, strict=True))


class Further:
    """The further loss of a simulation's clients, if there is one."""

    def __init__(self, simulation: Simulation) -> None:
        self._objective = simulation.objective
        self._layer = self._objective.tapped(simulation.defended_model) if self._objective else 0

    def tap(self, works: Sequence[Work], number: int, x: Tensor, weights: Tensor) -> Tapped | None:
        """For batch ``number`` of a stack of works, x [works, batch, features] and weights [works, batch], or of one
        alone, without the first dimension of these.
        """
        if self._objective is None:
            return None
        return Tapped(self._objective, self._layer, _batch(works, number, x, weights))

    @contextmanager
    def listening(self, network: nn.Module, work: Work) -> Iterator["_Listener"]:
        """To what the network passes on, by its own forward passes."""
        listener = _Listener(self._objective, network, work)
        if self._objective is None:
            yield listener
            return
        following = network.get_submodule(f"dense{self._layer + 1}")
        handle = following.register_forward_pre_hook(lambda module, inputs: listener.heard.append(inputs[0]))
        try:
            yield listener
        finally:
            handle.remove()


class _Listener:
    """Adds the further loss of what it has heard last, with all its graph, through the network's own parameters."""

    def __init__(self, objective: Objective | None, network: nn.Module, work: Work) -> None:
        self._objective, self._work, self.heard = objective, work, list[Tensor]()
        self._beside = {name: each for name, each in network.named_parameters() if name.startswith(BESIDE)}

    def added(self, loss: Tensor, number: int, x: Tensor) -> Tensor:
        """The task's ``loss`` of batch ``number`` [batch, features], and the further one."""
        if self._objective is None:
            return loss
        weights = x.new_full((len(x),), 1 / len(x))
        return loss + self._objective.term(self.heard.pop(), self._beside, _batch([self._work], number, x, weights))


def _batch(works: Sequence[Work], number: int, x: Tensor, weights: Tensor) -> Batch:
    """What is padded has the first value, and no weight."""
    aims = [work.aim for work in works if work.aim is not None]
    attributes = np.zeros(weights.shape, dtype=np.int64)
    for row, aim in zip(np.atleast_2d(attributes), aims, strict=True):
        row[: len(aim.attributes[number])] = aim.attributes[number]
    strength = torch.tensor([aim.strength for aim in aims], dtype=x.dtype).view(weights.shape[:-1])
    return Batch(x, torch.from_numpy(attributes).to(x.device), weights, strength.to(x.device))
