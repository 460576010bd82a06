"""All clients at once: their parameters stacked, one batched matrix product for each of a model's products."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from fedser.algorithms.algorithm import Rows
from fedser.engine.bounded import example_norm, finish
from fedser.engine.cohort.bench import MATRIX, Bench, aligned
from fedser.engine.cohort.dropout import stacked
from fedser.engine.cohort.held import Held, put_own
from fedser.engine.further import Further
from fedser.engine.learner import Learnt, Work
from fedser.models.kernel import Kernel
from fedser.updates.update import Arrays


@dataclass(frozen=True)
class Stack:
    """Clients that have learnt together: what each sends [clients, P], on the device, and its mean loss."""

    sent: Tensor
    losses: list[float]


class StackedLearner:
    """Ragged clients are padded to whole batches, and those with fewer batches leave the stack early.

    Every batch is padded to the same size, and every client's matrices begin at the same places modulo 16 bytes, so
    that a client's result does not depend on whom it is stacked with.
    """

    def __init__(self, bench: Bench, width: int) -> None:
        """``width`` is the number of clients in a stack, at most."""
        self._bench, self.width = bench, width
        self._batch = aligned(bench.simulation.algorithm.batch_size, MATRIX)
        self._kernel, self._steps = bench.kernel(width)
        self._further = Further(bench.simulation)

    def learn(self, broadcast: Arrays, works: Iterable[Work]) -> Iterator[Learnt]:
        """Each client from the broadcast model, ``width`` at a time."""
        start = self._bench.layout.flat(broadcast).to(self._bench.device)
        for stack in self.stacks(start.unsqueeze(0), ((0, work) for work in works)):
            for row, loss in zip(stack.sent.cpu().numpy(), stack.losses, strict=True):
                yield Learnt(self._bench.layout.arrays(row), loss)

    @torch.no_grad()
    def stacks(self, starts: Tensor, works: Iterable[tuple[int, Work]]) -> Iterator[Stack]:
        """Stacks of clients of several trainings, in the order of ``works``.

        Each work comes with the number of its training, which is its row of ``starts`` [trainings, P] and its data on
        the bench.
        """
        coming = iter(works)
        while taken := list(islice(coming, self.width)):
            yield self._learn(starts, taken)

    def _learn(self, starts: Tensor, taken: Sequence[tuple[int, Work]]) -> Stack:
        """The stack is ordered by the number of batches, so that those still learning are always the first."""
        order = sorted(range(len(taken)), key=lambda place: -len(taken[place][1].batches))
        kernel = self._kernel.first(len(taken))
        origins = torch.tensor([taken[place][0] for place in order], device=starts.device)
        torch.index_select(starts, 0, origins, out=kernel.parameters[:, : starts.shape[1]])
        put_own(self._bench.layout, kernel.parameters, [taken[place][1] for place in order])
        sums = self._run(kernel, [taken[place] for place in order])
        back = torch.tensor(np.argsort(order), device=starts.device)
        sent = (kernel.parameters if self._steps else kernel.gradient)[:, : starts.shape[1]].index_select(0, back)
        seen = [sum(map(len, work.batches)) for _, work in taken]
        losses = sums.index_select(0, back).tolist()
        return Stack(sent, [total / count for total, count in zip(losses, seen, strict=True)])

    def _run(self, stack: Kernel, works: Sequence[tuple[int, Work]]) -> Tensor:
        """Take all steps; each client's loss, summed over what it has seen, float64 [clients]."""
        if self._steps:
            self._steps.begin()
        held = Held(self._bench.layout, stack.parameters, [work for _, work in works])
        sums = torch.zeros(len(works), dtype=torch.float64, device=self._bench.device)
        for number in range(len(works[0][1].batches)):
            active = [work for work in works if len(work[1].batches) > number]
            batches = [(origin, work.batches[number]) for origin, work in active]
            kernel, sizes = stack.first(len(active)), [len(rows) for _, rows in batches]
            x, y, weights = self._gather(batches, sizes)
            drop = stacked([work.masks for _, work in active], sizes)
            tap = self._further.tap([work for _, work in active], number, x, weights)
            loss = kernel.backward(x, y, weights, drop, self._bench.residual, tap, example_norm(active[0][1]))
            if active[0][1].bound:
                self._bound(kernel.gradient, [work for _, work in active], sizes)
            if self._steps:
                self._steps.step(kernel.parameters, kernel.gradient)
                held.put_back(len(active))
            sums[: len(active)] += loss * torch.tensor(sizes, device=loss.device)
        return sums

    def _bound(self, gradients: Tensor, works: Sequence[Work], sizes: Sequence[int]) -> None:
        """Each row as its client would alone."""
        for gradient, work, size in zip(gradients, works, sizes, strict=True):
            finish(gradient[: self._bench.layout.size], work, size)

    def _gather(self, batches: Sequence[tuple[int, Rows]], sizes: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """x [clients, batch, features], y and weights [clients, batch]; padding has the weight zero."""
        rows = np.empty((len(batches), self._batch), dtype=np.int64)
        weights = np.zeros(rows.shape, dtype=np.float32)
        for place, ((origin, batch), size) in enumerate(zip(batches, sizes, strict=True)):
            own = batch + self._bench.first_row[origin]
            # Padding repeats a row of the client's own: another's may not be finite, and zero times that is not zero.
            rows[place, :size], rows[place, size:] = own, own[0]
            weights[place, :size] = np.float32(1 / size)
        x, y = self._bench.rows(torch.from_numpy(rows.ravel()))
        shape = rows.shape
        return x.view(*shape, -1), y.view(shape), torch.from_numpy(weights).to(self._bench.device)
