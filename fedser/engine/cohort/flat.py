"""Clients whose sent arrays lie as flat rows in memory that is given, and the average of such rows.

A row is averaged when it has just been written, and is still in the processor's cache.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from fedser.algorithms.average import Average, BlockSum, block_sums
from fedser.engine.client import Clients
from fedser.engine.client_states import ClientStates
from fedser.engine.cohort.bench import Bench
from fedser.engine.cohort.compute import Compute
from fedser.engine.data import OpenData
from fedser.engine.loop import Wanted
from fedser.engine.parts import Part, Reply, averaged_part, shares
from fedser.models.layout import Layout
from fedser.updates.update import Array, Arrays, Update

_ALL = "all"


class FlatAverage:
    """A round's average (see Average) of flat rows, or of one stretch of each."""

    def __init__(self, clients: int) -> None:
        self._average, self._left = Average(clients), clients

    def add(self, examples: int, row: Tensor) -> None:
        """The next client's n_k and row, float32."""
        self._average.add(examples, {_ALL: row})
        self._left -= 1

    @property
    def complete(self) -> bool:
        """Whether all clients have been added."""
        return not self._left

    def mean(self) -> Array:
        """The weighted mean, float32."""
        return self._average.mean()[_ALL]


class FlatClients:
    """The clients of one training: what the learner computes goes straight to its row where the learner can do so."""

    def __init__(self, bench: Bench, data: OpenData, compute: Compute, states: ClientStates | None = None) -> None:
        self._layout, self._rows = bench.layout, iter(list[Tensor]())
        learner = compute.learner(bench, data, lambda: next(self._rows))
        self._clients = Clients(bench.simulation, data, learner, states)

    def replies(self, number: int, broadcast: Arrays, names: Sequence[str], rows: Sequence[Tensor]) -> Iterator[Reply]:
        """What each client sends in round ``number``, in turn: it lies in its row [P] of ``rows``.

        Raises ClientError as ``Clients.replies`` does.
        """
        self._rows = iter(rows)
        for reply, row in zip(self._clients.replies(number, broadcast, names), rows, strict=True):
            yield self._in_row(reply, row)

    def _in_row(self, reply: Reply, row: Tensor) -> Reply:
        sent, place = reply.update, row.numpy()
        if all(np.may_share_memory(array, place) for array in sent.arrays.values()):
            return reply
        self._layout.write(sent.arrays, place)
        return Reply(Update(sent.round, sent.client, sent.examples, self._layout.arrays(place)), reply.loss)


def memory(clients: int, layout: Layout, shown: bool) -> list[Tensor]:
    """A row for each client; all the same one where their updates are not ``shown``, and only averaged in turn."""
    return [torch.empty(layout.size) for _ in range(clients)] if shown else [torch.empty(layout.size)] * clients


def flat_block_sums(clients: int, first: int, sent: Iterable[tuple[int, Tensor]], layout: Layout) -> Iterator[BlockSum]:
    """``block_sums`` of flat rows: each is taken in before the next is asked for."""
    for block in block_sums(clients, first, ((examples, {_ALL: row}) for examples, row in sent)):
        yield BlockSum(block.block, block.examples, layout.views(block.sums[_ALL]))


def averaged_parts(clients: FlatClients, wanted: Wanted, layout: Layout) -> Iterator[Part]:
    """The parts of a round, whose last one brings the mean; without their updates where these are not shown."""
    average, runs = FlatAverage(len(wanted.clients)), shares(len(wanted.clients))
    for index, run in enumerate(runs):
        names = wanted.clients[run.start : run.stop]
        rows, replies = memory(len(run), layout, wanted.shown), []
        for reply, row in zip(clients.replies(wanted.number, wanted.broadcast, names, rows), rows, strict=True):
            average.add(reply.update.examples, row)
            replies.append(reply)
        mean = layout.arrays(average.mean()) if average.complete else None
        yield averaged_part(index, len(runs), replies, wanted.shown, mean)
