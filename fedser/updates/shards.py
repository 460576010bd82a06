"""The rounds of a store as open files: found by name, opened when asked for, and only so many at a time."""

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from fedser.errors import CaptureError
from fedser.updates.round_files import captured_rounds
from fedser.updates.shard import Shard

OPEN = 64
"""Files of one store that are open, at most."""


class Shards:
    """The files of the rounds in ``folder``, a round being one or several of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, tuple[Path, ...]] = {}
        self._open = lru_cache(maxsize=OPEN)(Shard)
        self._firsts = lru_cache(maxsize=None)(self._first_clients)

    def rounds(self) -> tuple[int, ...]:
        """The numbers of the rounds that are on disk now with all their parts, ascending."""
        self._files = captured_rounds(self._folder)
        return tuple(self._files)

    def parts(self, number: int) -> int:
        """How many files round ``number`` has; raises CaptureError where it is not there."""
        return len(self._paths(number))

    def of(self, number: int) -> Iterator[Shard]:
        """The parts of round ``number``, in order; raises CaptureError where it is not there."""
        return map(self._open, self._paths(number))

    def holding(self, number: int, client: str) -> Shard:
        """The part of round ``number`` that has ``client``; raises CaptureError where none has."""
        paths = self._paths(number)
        # Parts are of runs of the sorted clients.
        place = bisect_right(self._firsts(paths), client) - 1 if len(paths) > 1 else 0
        shard = self._open(paths[max(place, 0)])
        if client not in shard.clients:
            raise CaptureError(f"{self._folder}: nothing of {client} was captured in round {number}")
        return shard

    def _paths(self, number: int) -> tuple[Path, ...]:
        if number not in self._files and number not in self.rounds():
            raise CaptureError(f"{self._folder}: round {number} was not captured")
        return self._files[number]

    def _first_clients(self, paths: tuple[Path, ...]) -> list[str]:
        return [next(iter(self._open(path).clients)) for path in paths]
