"""Who holds which utterances in one training: clients with training and validation rows, and test rows.

A client takes its name and two offsets, and a row takes 8 bytes: a million clients are registered at the price of
their data.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np

from fedser.errors import InputError, Problems
from fedser.partition.names import Names
from fedser.partition.ragged import Mask, Ragged, Rows, read_only


class ClientRows(NamedTuple):
    """The rows of the feature matrix that one client holds."""

    train: Sequence[int] | Rows
    validation: Sequence[int] | Rows = ()


@dataclass(frozen=True, eq=False)
class Partition:
    """Disjoint rows: each training client's, in the order of ``names``, and those of the test speakers.

    Test speakers send no updates. What is made of arrays is not looked through: ``checked`` does that.
    """

    names: Names
    train: Ragged
    validation: Ragged
    test: Rows

    def __post_init__(self) -> None:
        object.__setattr__(self, "test", read_only(self.test))

    @classmethod
    def of(cls, clients: Mapping[str, ClientRows], test: Sequence[int] | Rows = ()) -> Self:
        """A partition from one entry per client, for few of them; raises InputError with all its mistakes."""
        names = Names.of(clients)
        train, validation = (Ragged.of([clients[name][part] for name in names]) for part in (0, 1))
        return cls(names, train, validation, np.array(test, dtype=np.int64)).checked()

    def __len__(self) -> int:
        """How many clients there are."""
        return len(self.names)

    @property
    def extent(self) -> int:
        """How many rows the matrix has at least."""
        return 1 + max(int(part.max(initial=-1)) for part in self._parts)

    def train_rows(self, name: str) -> Rows:
        """The training rows of one client, a view; raises InputError where there is no such client."""
        return self.train.run(self.names.place(name))

    def validation_rows(self, name: str) -> Rows:
        """The validation rows of one client, a view; raises InputError where there is no such client."""
        return self.validation.run(self.names.place(name))

    def hold_out(self, held: Mask) -> Self:
        """With the rows where ``held`` [rows of the matrix] is true as the test, whoever had them.

        Clients without training rows of their own are left out.
        """
        train, validation = (part.where(~held[part.rows]) for part in (self.train, self.validation))
        left = train.sizes > 0
        return type(self)(self.names.only(left), train.only(left), validation.only(left), np.flatnonzero(held))

    def training_only(self) -> Self:
        """The same clients with nothing held out."""
        nothing = np.empty(0, np.int64)
        return type(self)(self.names, self.train, Ragged.cut(nothing, np.zeros(len(self), np.int64)), nothing)

    def checked(self) -> Self:
        """This partition; raises InputError with all its mistakes where it is none."""
        problems = Problems()
        if not len(self):
            problems.add("partition", "a partition without clients")
        empty = self.names.only(self.train.sizes == 0)
        if empty:
            problems.add("partition", f"clients without training rows: {', '.join(empty[:5])}")
        lowest = min(int(part.min(initial=0)) for part in self._parts)
        if lowest < 0:
            problems.add("partition", f"row {lowest}: rows count from 0")
        elif sum(map(len, self._parts)) != self._different_rows():
            problems.add("partition", "a row is given to more than one client, or twice")
        problems.raise_if_any(InputError)
        return self

    @property
    def arrays(self) -> Mapping[str, np.ndarray[Any, Any]]:
        """All of it by name, int64 and, for the names' bytes, uint8: what is stored and hashed."""
        encoded = np.ascontiguousarray(self.names.encoded)
        return {
            "names": encoded.view(np.uint8).reshape(len(encoded), encoded.itemsize),
            "train.offsets": self.train.offsets,
            "train.rows": self.train.rows,
            "validation.offsets": self.validation.offsets,
            "validation.rows": self.validation.rows,
            "test": self.test,
        }

    def digest(self) -> str:
        """The SHA-256 of the content, in hex."""
        whole = hashlib.sha256()
        for name, array in self.arrays.items():
            whole.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
            whole.update(np.ascontiguousarray(array).data)
        return whole.hexdigest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Partition):
            return NotImplemented
        mine, theirs = self.arrays, other.arrays
        return all(np.array_equal(mine[name], theirs[name]) for name in mine)

    def __hash__(self) -> int:
        return hash(self.digest())

    @property
    def _parts(self) -> tuple[Rows, Rows, Rows]:
        return self.train.rows, self.validation.rows, self.test

    def _different_rows(self) -> int:
        """A byte per row of the matrix, where sorting all rows would take 8 and longer."""
        given = np.zeros(self.extent, dtype=np.bool_)
        for part in self._parts:
            given[part] = True
        return int(np.count_nonzero(given))
