"""Who holds which utterances in one training: clients with training and validation rows, and test rows."""

from collections.abc import Mapping
from typing import Self

from pydantic import model_validator

from fedser.config import Frozen


class ClientRows(Frozen):
    """The rows of the feature matrix that one client holds."""

    train: tuple[int, ...]
    validation: tuple[int, ...]


class Partition(Frozen):
    """Disjoint rows: each training client's, and those of the test speakers, who send no updates."""

    clients: Mapping[str, ClientRows]
    test: tuple[int, ...]

    @model_validator(mode="after")
    def _disjoint(self) -> Self:
        if not self.clients:
            raise ValueError("a partition without clients")
        empty = [client for client, rows in self.clients.items() if not rows.train]
        if empty:
            raise ValueError(f"clients without training rows: {', '.join(empty[:5])}")
        rows = [*self.test, *(row for c in self.clients.values() for row in (*c.train, *c.validation))]
        if len(rows) != len(set(rows)):
            raise ValueError("a row is given to more than one client, or twice")
        return self
