"""One client after the other, by explicit passes over one flat vector that stays in the processor's cache."""

from collections.abc import Iterable, Iterator

import torch

from fedser.engine.cohort.dropout import single
from fedser.engine.data import OpenData
from fedser.engine.learner import Learnt, Work
from fedser.engine.simulation import Simulation
from fedser.errors import ConfigError
from fedser.models.layout import Layout
from fedser.models.parameters import parameters
from fedser.updates.update import Arrays


class SingleLearner:
    """A tight loop: all buffers are made once, and nothing but arithmetic stands between two steps."""

    def __init__(self, simulation: Simulation, data: OpenData) -> None:
        start = parameters(simulation.network(data.x.shape[1]))
        self._layout, self._residual = Layout.of(start), simulation.task.residual
        self._x, self._y = torch.from_numpy(data.x), torch.from_numpy(data.y)
        self._weights = self._layout.flat(start)
        kernel = simulation.defended_model.kernel(self._layout, self._weights, torch.zeros_like(self._weights))
        if kernel is None:
            raise ConfigError(f"model {simulation.model.name}: has no kernel; choose engine: inline")
        self._kernel, steps = kernel, simulation.algorithm.local_steps
        self._steps = steps[0].flat(self._weights, steps[1]) if steps else None

    @torch.no_grad()
    def learn(self, broadcast: Arrays, works: Iterable[Work]) -> Iterator[Learnt]:
        """Each client from the broadcast model, in turn."""
        start = self._layout.flat(broadcast)
        for work in works:
            yield self._learn(start, work)

    def _learn(self, start: torch.Tensor, work: Work) -> Learnt:
        kernel, steps, drop = self._kernel, self._steps, single(work.masks)
        kernel.parameters.copy_(start)
        if steps:
            steps.begin()
        loss_sum, seen = 0.0, 0
        for rows in work.batches:
            chosen, size = torch.from_numpy(rows), len(rows)
            x, y = self._x.index_select(0, chosen), self._y.index_select(0, chosen)
            loss = kernel.backward(x, y, torch.full((size,), 1 / size), drop, self._residual)
            if steps:
                steps.step(kernel.parameters, kernel.gradient)
            loss_sum, seen = loss_sum + loss.item() * size, seen + size
        sent = (kernel.parameters if steps else kernel.gradient).clone()
        return Learnt(self._layout.arrays(sent.numpy()), loss_sum / seen)
