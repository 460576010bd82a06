"""The names of very many clients: one array of bytes, decoded one name at a time."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Self, overload

import numpy as np

from fedser.errors import InputError

Bytes = np.ndarray[Any, np.dtype[np.bytes_]]


class Names(Sequence[str]):
    """Different names in sorted order, as UTF-8 in an array [names] of fixed width."""

    def __init__(self, encoded: Bytes) -> None:
        self.encoded = encoded.view()
        self.encoded.flags.writeable = False

    @classmethod
    def of(cls, names: Iterable[str]) -> Self:
        """Sorts ``names``; raises InputError for one that is empty, contains NUL or is given twice."""
        ordered = sorted(names)
        bad = [name for name in ordered if not name or "\0" in name]
        bad += [name for name, following in pairwise(ordered) if name == following]
        if bad:
            shown = ", ".join(map(repr, bad[:5]))
            raise InputError(f"client names: {shown}: give different names that are not empty and without NUL")
        return cls(np.array([name.encode() for name in ordered], dtype=np.bytes_))

    @classmethod
    def numbered(cls, count: int) -> Self:
        """``client-00000`` and so on: of equal width, so that their order is that of the numbers."""
        width = max(5, len(str(count - 1)))
        names = (f"client-{number:0{width}d}".encode() for number in range(count))
        return cls(np.fromiter(names, dtype=f"S{len('client-') + width}", count=count))

    def __len__(self) -> int:
        return len(self.encoded)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...

    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [name.decode() for name in self.encoded[place].tolist()]
        return str(self.encoded[place].decode())

    def __iter__(self) -> Iterator[str]:
        return (str(name.decode()) for name in self.encoded)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._find(name) is not None

    def place(self, name: str) -> int:
        """Where ``name`` stands, by binary search; raises InputError where it does not."""
        found = self._find(name)
        if found is None:
            span = f"{len(self)} clients from {self[0]} to {self[-1]}" if len(self) else "no clients"
            raise InputError(f"no client {name!r}: there are {span}")
        return found

    def only(self, kept: np.ndarray[Any, np.dtype[np.bool_]]) -> Self:
        """The names where ``kept`` [names] is true, in an array as wide as they need."""
        encoded = self.encoded[kept]
        return type(self)(encoded.astype(f"S{np.strings.str_len(encoded).max(initial=1)}"))

    def _find(self, name: str) -> int | None:
        place = bisect_left(self, name)
        return place if place < len(self) and self[place] == name else None
