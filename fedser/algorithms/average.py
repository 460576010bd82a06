"""The server's average (Feng et al. 2021, eq. 1 and 2): in float64, and in an order that nothing but the round decides.

The sorted clients of a round are cut into blocks, whose number depends on the number of clients alone. A block is
summed client by client, and the blocks in their order, so that the sum of a block may arise anywhere (on a node, in a
worker) and the average is the same to the last bit.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fedser.updates.update import PART, Array, Arrays

BLOCKS = 16
"""Blocks of a round that is not larger than as many parts: enough to share among nodes, few enough to send."""

Sums = Mapping[str, Tensor]
"""By parameter: sum_k n_k a_k over the clients of a block, float64."""


@dataclass(frozen=True)
class BlockSum:
    """The clients of one block, summed: ``block`` is its number, ``examples`` the sum of their n_k."""

    block: int
    examples: int
    sums: Sums


def blocks(clients: int) -> list[range]:
    """The places of ``clients`` sorted clients, cut into runs of nearly equal length, at most PART long."""
    return cut(clients, min(clients, max(BLOCKS, -(-clients // PART))))


def cut(total: int, pieces: int) -> list[range]:
    """The places 0 to ``total`` in so many runs, in order, whose lengths differ by one at most."""
    ends = [total * piece // max(pieces, 1) for piece in range(pieces + 1)]
    return [range(first, last) for first, last in itertools.pairwise(ends)]


def block_sums(
    clients: int, first: int, sent: Iterable[tuple[int, Mapping[str, Array | Tensor]]]
) -> Iterator[BlockSum]:
    """The blocks from place ``first`` of a round of ``clients`` on, made of (n_k, arrays) of each client in turn.

    ``first`` must be where a block begins, and ``sent`` must end where one ends.
    """
    coming = iter(sent)
    ahead = [(number, block) for number, block in enumerate(blocks(clients)) if block.start >= first]
    for number, block in ahead:
        total = _Total()
        for examples, arrays in itertools.islice(coming, len(block)):
            total.add(examples, arrays)
        if not total.examples:
            return
        yield BlockSum(number, total.examples, total.sums)


class Average:
    """Takes a round's updates in the order of the sorted clients, or their blocks, and gives their weighted mean.

    Tensors are summed on the device where they are.
    """

    def __init__(self, clients: int) -> None:
        self._ends = {block.stop for block in blocks(clients)}
        self._seen, self._all, self._block = 0, _Total(), _Total()

    def add(self, examples: int, arrays: Mapping[str, Array | Tensor]) -> None:
        """The next client's n_k and arrays, float32."""
        self._seen += 1
        ends = self._seen in self._ends
        if ends and not self._block.examples:  # a block of one client, whose exact products need no sum of their own
            self._all.add(examples, arrays)
            return
        self._block.add(examples, arrays)
        if ends:
            self._all.add_total(self._block.examples, self._block.sums)
            self._block = _Total()

    def add_block(self, block: BlockSum) -> None:
        """The next block, summed elsewhere."""
        self._all.add_total(block.examples, block.sums)

    def mean(self) -> Arrays:
        """sum_k n_k a_k / sum_k n_k, float32: divided in float64, rounded once. The sums are used up."""
        return {name: _array(sums.div_(self._all.examples)) for name, sums in self._all.sums.items()}


class _Total:
    """A growing sum_k n_k a_k, float64: the products are exact, the sums are rounded."""

    def __init__(self) -> None:
        self.examples, self.sums = 0, dict[str, Tensor]()

    def add(self, examples: int, arrays: Mapping[str, Array | Tensor]) -> None:
        self.examples += examples
        for name, array in arrays.items():
            tensor = array if isinstance(array, Tensor) else _tensor(array)
            if name in self.sums:
                self.sums[name].add_(tensor, alpha=examples)
            else:
                self.sums[name] = tensor.to(torch.float64, copy=True).mul_(examples)

    def add_total(self, examples: int, sums: Sums) -> None:
        self.examples += examples
        for name, block in sums.items():
            if name in self.sums:
                self.sums[name].add_(block)
            else:
                self.sums[name] = block.clone()


def _tensor(array: Array) -> Tensor:
    """The array as torch sees it, in the same memory where it is in order: only to be read."""
    ordered = np.asarray(array, order="C")
    return torch.from_numpy(ordered if ordered.flags.writeable else np.asarray(_Opened(ordered)))


class _Opened:
    """Memory as if it could be written to: torch warns of any other, such as another process's, and sees all alike."""

    def __init__(self, array: Array) -> None:
        described = array.__array_interface__
        self._array = array  # lives as long as what looks into it
        self.__array_interface__ = described | {"data": (described["data"][0], False)}


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.float().cpu().numpy()
    return array
