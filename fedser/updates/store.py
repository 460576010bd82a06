"""The captured dataset of one training: a folder of rounds and the public parameters, and nothing else.

No label and no attribute ever enters it: what an attacker may know is what stands here.
"""

from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fedser.errors import CaptureError
from fedser.updates.capture import Capture
from fedser.updates.ledger import Ledger
from fedser.updates.public import PublicParameters
from fedser.updates.reductions import ReductionConfig
from fedser.updates.shard import Shard
from fedser.updates.shards import Shards
from fedser.updates.update import Array, Arrays, Round, Update, layers_of
from fedser.updates.writer import StoreWriter

__all__ = ["Capture", "Row", "StoreWriter", "UpdateStore"]


HELD = 2**28
"""Bytes of reductions that one store holds in memory, at most; of the rounds beyond, each is read when it is wanted."""

_Reduced = tuple[dict[str, int], Arrays]
"""The place of each client of a round in the arrays [updates, ...], and these."""


class Row(NamedTuple):
    """One client's part in a captured round, without the arrays.

    Mostly that is an update of its own. Of a group of clients whose updates the server sees together, each has a row,
    and for each the update of the whole group is read; ``examples`` is then the mean n_k of the group's clients. So
    whatever is asked about clients can be asked about those of a group too, as the server does that knows whose it is.
    """

    training: str
    round: int
    client: str
    examples: int


class UpdateStore:
    """Reads what a StoreWriter has written, finished or not; a round is there when all its parts are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.public = PublicParameters.load(folder)
        self.names = tuple(self.public.parameters)
        self._shards = Shards(folder)
        self._model = lru_cache(maxsize=len(self.names))(self._broadcast)
        self._last_reduced = lru_cache(maxsize=1)(self._reduce)
        self.ledger = Ledger()
        self._held, self._free = dict[tuple[int, ReductionConfig], _Reduced](), HELD

    @property
    def rounds(self) -> tuple[int, ...]:
        """The numbers of the rounds on disk, ascending."""
        return self._shards.rounds()

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that were captured, input side first; none before the first round is on disk."""
        rounds = self.rounds
        return layers_of(dict.fromkeys(self._first(rounds[0]).captured(self.names))) if rounds else ()

    @property
    def reductions(self) -> tuple[ReductionConfig, ...]:
        """What was captured in place of updates; none where updates were, or before the first round is on disk."""
        rounds = self.rounds
        return self._first(rounds[0]).reductions if rounds else ()

    @property
    def grouped(self) -> bool:
        """Whether what was captured is of groups of clients; not so before the first round is on disk."""
        rounds = self.rounds
        return bool(rounds) and any(map(self._first(rounds[0]).members, self._first(rounds[0]).examples))

    def rows(self) -> list[Row]:
        """Every client's captured updates, by round and then client."""
        return [
            Row(self.public.training, number, client, share.examples)
            for number in self.rounds
            for shard in self._shards.of(number)
            for client, share in shard.clients.items()
        ]

    def arrays(self, number: int, client: str, names: tuple[str, ...] | None = None) -> Arrays:
        """What ``client``, or its group, sent in round ``number``: float32 arrays of the captured ones of ``names``."""
        shard = self._shards.holding(number, client)
        return self._sent(shard, shard.clients[client].update, names or self.names)

    def broadcast(self, number: int, names: tuple[str, ...] | None = None) -> Arrays:
        """The model broadcast in round ``number``, read-only; one whole model at most is held in memory.

        Raises CaptureError where reductions were captured in its place.
        """
        return {name: self._model(number, name) for name in names or self.names}

    def reduced(self, number: int, client: str, reduction: ReductionConfig) -> Arrays:
        """What ``reduction`` makes of that update: as it was captured, or computed now from the whole update.

        This is done once, for all clients of the round, and held in memory where it fits: read-only float32 arrays.
        Raises CaptureError where neither the reduction was captured nor the parameters that it reads.
        """
        places, table = self._reduced(number, reduction)
        return {name: rows[places[client]] for name, rows in table.items()}

    def read(self, rounds: Collection[int] | None = None) -> Iterator[Round]:
        """The rounds (those of ``rounds``) one after the other, and of each its parts, one at a time in memory."""
        for number in (number for number in self.rounds if rounds is None or number in rounds):
            broadcast, parts = self.broadcast(number), self._shards.parts(number)
            for part, shard in enumerate(self._shards.of(number)):
                yield Round(number, broadcast, tuple(self._updates(shard, self.names)), part, parts)

    def _first(self, number: int) -> Shard:
        return next(self._shards.of(number))

    def _broadcast(self, number: int, name: str) -> Array:
        array = self._first(number).broadcast(name)
        array.flags.writeable = False
        return array

    def _sent(self, shard: Shard, update: str, names: tuple[str, ...]) -> Arrays:
        return shard.arrays(update, names, lambda name: self._model(shard.number, name))

    def _updates(self, shard: Shard, names: tuple[str, ...]) -> Iterator[Update]:
        for update, examples in shard.examples.items():
            yield Update(shard.number, update, examples, self._sent(shard, update, names), shard.members(update))

    def _reduced(self, number: int, reduction: ReductionConfig) -> _Reduced:
        """``_reduce``, held from now on where there is room; nothing makes room, since all is read again in turn."""
        self.ledger.asked.add((number, reduction))
        if (number, reduction) in self._held:
            return self._held[number, reduction]
        found = self._last_reduced(number, reduction)
        size = sum(rows.nbytes for rows in found[1].values())
        if size <= self._free:
            self._held[number, reduction], self._free = found, self._free - size
        return found

    def _reduce(self, number: int, reduction: ReductionConfig) -> _Reduced:
        """The place of each client, and the arrays [updates, ...] of the whole round."""
        order = [update for shard in self._shards.of(number) for update in shard.examples]
        place = {update: place for place, update in enumerate(order)}
        with self.ledger.making((number, reduction)):
            tables = [self._table(shard, reduction) for shard in self._shards.of(number)]
        whole = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
        for array in whole.values():
            array.flags.writeable = False
        clients = (one for shard in self._shards.of(number) for one in shard.clients.items())
        return {client: place[share.update] for client, share in clients}, whole

    def _table(self, shard: Shard, reduction: ReductionConfig) -> Arrays:
        if reduction in shard.reductions:
            return shard.reduced(reduction, tuple(reduction.shapes(self.public.parameters)))
        reads = reduction.reads
        missing = [name for name in reads if name not in shard.captured(reads)]
        if missing:
            raise CaptureError(f"{shard.path}: not captured: {', '.join(missing)}, which {reduction.key} reads")
        return reduction.table(self._updates(shard, reads), self.broadcast(shard.number, reduction.knows), self.public)
