"""Means of a client's updates, taken before anything is read off them, as stores that can be read like any other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from attacks.update_set import Store, UpdateSet
from fedser.errors import CaptureError
from fedser.updates.public import PublicParameters
from fedser.updates.reductions import ReductionConfig
from fedser.updates.store import Row
from fedser.updates.update import Array, Arrays, Update

Group = Sequence[int]
"""The places in an UpdateSet of some updates of one client in one training."""


def averages(updates: UpdateSet, groups: Sequence[Group]) -> UpdateSet:
    """The mean update of each group, as one update by its client, in the order of ``groups``.

    Beside it stands the mean of the models that the client had been sent: their difference, where clients send models,
    is the mean of the client's steps. Its ``round`` is the number of the group, from 1. Updates are read one at a time
    and nothing is kept.
    """
    rows = [tuple(updates.rows[place] for place in group) for group in groups]
    stores = {
        training: AverageStore(updates.stores[training], dict(enumerate(rows, start=1)))
        for training in dict.fromkeys(group[0].training for group in rows)
    }
    first = tuple(Row(group[0].training, n, group[0].client, group[0].examples) for n, group in enumerate(rows, 1))
    return UpdateSet(stores, first, updates.steps)


@dataclass(frozen=True)
class AverageStore:
    """Means of ``store``'s updates; each group's number stands in the place of a round."""

    store: Store
    groups: Mapping[int, tuple[Row, ...]]

    @property
    def folder(self) -> Path:
        """That of the updates."""
        return self.store.folder

    @property
    def public(self) -> PublicParameters:
        """Those of the training."""
        return self.store.public

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the model."""
        return self.store.names

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that were captured."""
        return self.store.layers

    @property
    def reductions(self) -> tuple[ReductionConfig, ...]:
        """What was captured in place of updates, of which there is then no mean."""
        return self.store.reductions

    def arrays(self, number: int, client: str, names: tuple[str, ...] | None = None) -> Arrays:
        """The mean of what ``client`` sent in the rounds of that group, float32; raises CaptureError for what was not
        captured.
        """
        wanted = names or self.names
        return _mean(self._sent(row, wanted) for row in self.groups[number])

    def broadcast(self, number: int, names: tuple[str, ...] | None = None) -> Arrays:
        """The mean of the models broadcast in the rounds of that group, float32."""
        return _mean(self.store.broadcast(row.round, names) for row in self.groups[number])

    def reduced(self, number: int, client: str, reduction: ReductionConfig) -> Arrays:
        """What ``reduction`` makes of the mean update."""
        row = self.groups[number][0]
        update = Update(number, client, row.examples, self.arrays(number, client, reduction.reads))
        # Of gradients it is read by those alone that know more of the model than they read of the update.
        wanted = self.public.sends == "parameters" or reduction.knows != reduction.reads
        broadcast = self.broadcast(number, reduction.knows) if wanted else {}
        return reduction(update, broadcast, self.public)

    def _sent(self, row: Row, names: tuple[str, ...]) -> Arrays:
        arrays = self.store.arrays(row.round, row.client, names)
        missing = [name for name in names if name not in arrays]
        if missing:
            raise CaptureError(f"{self.folder}: {', '.join(missing)} of {row.client} in round {row.round} not captured")
        return arrays


def _mean(many: Iterator[Arrays]) -> Arrays:
    total: dict[str, np.ndarray] = {}
    count = 0
    for count, arrays in enumerate(many, 1):
        for name, array in arrays.items():
            total[name] = total[name] + array if count > 1 else array.astype(np.float64)
    means: dict[str, Array] = {name: (array / count).astype(np.float32) for name, array in total.items()}
    return means
