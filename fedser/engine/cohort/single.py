"""One client after the other, by explicit passes over one flat vector that stays in the processor's cache."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import torch
from torch import Tensor

from fedser.engine.bounded import example_norm, finish
from fedser.engine.cohort.bench import Bench
from fedser.engine.cohort.dropout import single
from fedser.engine.cohort.held import Held, put_own
from fedser.engine.further import Further
from fedser.engine.learner import Learnt, Work
from fedser.updates.update import Arrays

Memory = Callable[[], Tensor]
"""Gives a float32 vector to be written."""


class SingleLearner:
    """A tight loop: all buffers are made once, and nothing but arithmetic stands between two steps."""

    width = 1

    def __init__(self, bench: Bench, memory: Memory | None = None) -> None:
        """``memory`` gives the place [P], on the CPU, for what the next client sends; by default one of its own."""
        self._bench, self._memory = bench, memory or partial(torch.empty, bench.layout.size)
        self._kernel, self._steps = bench.kernel()
        self._further = Further(bench.simulation)
        self._anew = self._steps is not None or bench.simulation.changes_roles  # else all clients begin alike

    @torch.no_grad()
    def learn(self, broadcast: Arrays, works: Iterable[Work]) -> Iterator[Learnt]:
        """Each client from the broadcast model, in turn."""
        start = self._bench.layout.flat(broadcast).to(self._bench.device)
        self._kernel.parameters.copy_(start)
        for work in works:
            yield self._learn(start, work)

    def _learn(self, start: Tensor, work: Work) -> Learnt:
        kernel, steps, drop = self._kernel, self._steps, single(work.masks)
        if self._anew:
            kernel.parameters.copy_(start)
            put_own(self._bench.layout, kernel.parameters.unsqueeze(0), [work])
        held = Held(self._bench.layout, kernel.parameters.unsqueeze(0), [work])
        if steps:
            steps.begin()
        loss_sum, seen = 0.0, 0
        for number, rows in enumerate(work.batches):
            x, y = self._bench.rows(torch.from_numpy(rows))
            weights = x.new_full((len(rows),), 1 / len(rows))
            tap = self._further.tap([work], number, x, weights)
            loss = kernel.backward(x, y, weights, drop, self._bench.residual, tap, example_norm(work))
            if work.bound:
                finish(kernel.gradient, work, len(rows))
            if steps:
                steps.step(kernel.parameters, kernel.gradient)
                held.put_back(1)
            loss_sum, seen = loss_sum + loss.item() * len(rows), seen + len(rows)
        sent = self._memory().copy_(kernel.parameters if steps else kernel.gradient)
        return Learnt(self._bench.layout.arrays(sent.numpy()), loss_sum / seen)
