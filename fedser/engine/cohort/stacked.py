"""All clients at once: their parameters stacked, one batched matrix product for each of a model's products."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from fedser.algorithms.algorithm import Rows
from fedser.engine.cohort.bench import Bench
from fedser.engine.cohort.dropout import stacked
from fedser.engine.learner import Learnt, Work
from fedser.models.kernel import Kernel
from fedser.updates.update import Arrays


class StackedLearner:
    """Ragged clients are padded to whole batches, and those with fewer batches leave the stack early.

    Every batch is padded to the same size, so that a client's result does not depend on whom it is stacked with.
    """

    def __init__(self, bench: Bench, width: int) -> None:
        """``width`` is the number of clients in a stack, at most."""
        self._bench, self._width = bench, width
        self._batch = bench.simulation.algorithm.batch_size
        self._kernel, self._steps = bench.kernel(width)

    @torch.no_grad()
    def learn(self, broadcast: Arrays, works: Iterable[Work]) -> Iterator[Learnt]:
        """Each client from the broadcast model, ``width`` at a time."""
        start, coming = self._bench.layout.flat(broadcast).to(self._bench.device), iter(works)
        while stack := [work for _, work in zip(range(self._width), coming, strict=False)]:
            yield from self._learn(start, stack)

    def _learn(self, start: Tensor, works: Sequence[Work]) -> Iterator[Learnt]:
        """The stack is ordered by the number of batches, so that those still learning are always the first."""
        order = sorted(range(len(works)), key=lambda place: -len(works[place].batches))
        stack = self._kernel.first(len(works))
        stack.parameters.copy_(start)
        losses = self._run(stack, [works[place] for place in order])
        sent = (stack.parameters if self._steps else stack.gradient).to("cpu", copy=True).numpy()
        row_of = {place: row for row, place in enumerate(order)}
        for place in range(len(works)):
            row = row_of[place]
            yield Learnt(self._bench.layout.arrays(sent[row]), losses[row])

    def _run(self, stack: Kernel, works: Sequence[Work]) -> list[float]:
        """Take all steps; the mean loss of each client."""
        if self._steps:
            self._steps.begin()
        sums = torch.zeros(len(works), dtype=torch.float64, device=self._bench.device)
        for number in range(len(works[0].batches)):
            active = [work for work in works if len(work.batches) > number]
            batches = [work.batches[number] for work in active]
            kernel, sizes = stack.first(len(active)), [len(rows) for rows in batches]
            x, y, weights = self._gather(batches, sizes)
            drop = stacked([work.masks for work in active], sizes)
            loss = kernel.backward(x, y, weights, drop, self._bench.residual)
            if self._steps:
                self._steps.step(kernel.parameters, kernel.gradient)
            sums[: len(active)] += loss * torch.tensor(sizes, device=loss.device)
        seen = [sum(map(len, work.batches)) for work in works]
        return [total / count for total, count in zip(sums.tolist(), seen, strict=True)]

    def _gather(self, batches: Sequence[Rows], sizes: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """x [clients, batch, features], y and weights [clients, batch]; padding has the weight zero."""
        rows = np.zeros((len(batches), self._batch), dtype=np.int64)
        weights = np.zeros(rows.shape, dtype=np.float32)
        for place, (batch, size) in enumerate(zip(batches, sizes, strict=True)):
            rows[place, :size], weights[place, :size] = batch, np.float32(1 / size)
        x, y = self._bench.rows(torch.from_numpy(rows.ravel()))
        shape = rows.shape
        return x.view(*shape, -1), y.view(shape), torch.from_numpy(weights).to(self._bench.device)
