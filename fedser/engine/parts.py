"""What comes back from the clients of a round: a part at a time, so that no round need fit in memory whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fedser.algorithms.average import BlockSum
from fedser.updates.update import PART, Arrays, Update


@dataclass(frozen=True)
class Reply:
    """A client's update, and its training loss, which is for the history only and never captured."""

    update: Update
    loss: float


@dataclass(frozen=True)
class Part:
    """Part ``index`` of ``of``: a run of the sorted clients, with their n_k and losses.

    ``updates`` holds what each of them sent, or is None where they were captured as they arose, or nobody looks at
    them. The server sums them, or the ``sums`` of their blocks; unless the round is averaged elsewhere: then the last
    part, which may be the only one, brings the ``mean``. Updates that have ``met`` on their way are of groups already.
    """

    index: int
    of: int
    examples: tuple[int, ...]
    losses: tuple[float, ...]
    updates: tuple[Update, ...] | None = None
    sums: tuple[BlockSum, ...] = ()
    mean: Arrays | None = None
    averaged: bool = False
    met: bool = False


def shares(clients: int) -> list[range]:
    """The places of ``clients`` sorted clients, cut into runs of PART."""
    return [range(start, min(start + PART, clients)) for start in range(0, clients, PART)]


def whole_parts(clients: int, replies: Iterator[Reply]) -> Iterator[Part]:
    """Gather the replies of ``clients`` clients, which come in order, into parts with their updates."""
    runs = shares(clients)
    for index, run in enumerate(runs):
        yield part_of(index, len(runs), [next(replies) for _ in run])


def part_of(index: int, of: int, replies: Sequence[Reply]) -> Part:
    """These replies as one part with its updates."""
    updates = tuple(reply.update for reply in replies)
    losses = tuple(reply.loss for reply in replies)
    return Part(index, of, tuple(update.examples for update in updates), losses, updates)


def averaged_part(index: int, of: int, replies: Sequence[Reply], shown: bool, mean: Arrays | None) -> Part:
    """These replies as a part of a round that is averaged elsewhere, with their updates where these are ``shown``."""
    part = part_of(index, of, replies)
    return replace(part, updates=part.updates if shown else None, averaged=True, mean=mean)
