"""What it took to reduce updates: several attacks may read one reduction, made once, for whoever asks first."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from fedser.updates.reductions import ReductionConfig

Made = tuple[int, ReductionConfig]
"""A reduction of all updates of a round."""


@dataclass(frozen=True)
class Seconds:
    """Time of ``cpu`` (user and system, of this process and of its children that have ended) and of the ``wall``."""

    cpu: float = 0.0
    wall: float = 0.0

    @classmethod
    def now(cls) -> Self:
        """Since some moment in the past."""
        used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return cls(sum(one.ru_utime + one.ru_stime for one in used), time.perf_counter())

    def __add__(self, other: "Seconds") -> "Seconds":
        return Seconds(self.cpu + other.cpu, self.wall + other.wall)

    def __sub__(self, other: "Seconds") -> "Seconds":
        return Seconds(self.cpu - other.cpu, self.wall - other.wall)


@dataclass
class Ledger:
    """Of one store: what making each reduction took when it was last made, and what all making has taken so far.

    ``asked`` are those that were wanted since it was last emptied, made for the purpose or not.
    """

    made: dict[Made, Seconds] = field(default_factory=dict)
    spent: Seconds = Seconds()
    asked: set[Made] = field(default_factory=set)

    @contextmanager
    def making(self, what: Made) -> Iterator[None]:
        """Time what is done within."""
        start = Seconds.now()
        yield
        self.made[what] = Seconds.now() - start
        self.spent += self.made[what]
