"""What an attack takes: CPU and wall seconds of its learning and scoring, as if it were the only attack of the run.

Reductions are made once for all attacks that read them. Each is charged with all that it reads: what was found in
memory is added at the price of its making, so that no order of the attacks makes one look cheap. An attack that was
interrupted adds up over its sittings, of which the last ten seconds before the interruption are lost. What it says of
groups of a client's updates, for the table of accumulation, is not counted.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import pandas as pd

from attacks.attack import Progress
from attacks.update_set import UpdateSet
from fedser.artifacts.files import write_json
from fedser.updates.ledger import Ledger, Seconds
from fedser.updates.store import UpdateStore
from simulations.scoring import ATTACKS_COLUMNS, AttackScores

_FILE, _BETWEEN = "cost.json", 10.0  # seconds between two notes


@dataclass(frozen=True)
class Cost:
    """Seconds of one attack; ``reductions_cpu_seconds`` are among ``cpu_seconds``, ``sittings`` what it was done in."""

    shadow_updates: int
    target_updates: int
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    reductions_cpu_seconds: float = 0.0
    sittings: int = 1


def read_cost(folder: Path) -> Cost | None:
    """What was noted in an attack's folder; None where nothing was, as by older versions."""
    file = folder / _FILE
    return Cost(**json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None


class Meter:
    """Runs from now on, and adds to what earlier sittings have noted in the attack's ``folder``."""

    def __init__(self, folder: Path, ledgers: Sequence[Ledger], shadow_updates: int, target_updates: int) -> None:
        self._folder, self._ledgers = folder, ledgers
        before = read_cost(folder)
        fresh = Cost(shadow_updates, target_updates)
        self._before = replace(before, sittings=before.sittings + 1) if before else fresh
        for ledger in self._ledgers:
            ledger.asked.clear()
        self._spent, self._start, self._noted = self._all_spent(), Seconds.now(), time.monotonic()
        self._aside = Seconds()

    @classmethod
    def of(cls, folder: Path, taught: Sequence[UpdateSet], target: UpdateSet) -> Self:
        """For an attack that learns from ``taught`` and scores ``target``."""
        stores = [store for updates in (target, *taught) for store in updates.stores.values()]
        ledgers = [store.ledger for store in stores if isinstance(store, UpdateStore)]
        return cls(folder, ledgers, sum(map(len, taught)), len(target))

    def heard(self, progress: Progress) -> Progress:
        """``progress``, and a note on disk from time to time."""

        def told(what: str, done: int, total: int) -> None:
            if time.monotonic() - self._noted > _BETWEEN:
                self.note()
            progress(what, done, total)

        return told

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is done within is not of learning from shadow updates and scoring each private one, and not counted."""
        start = Seconds.now()
        yield
        self._aside += Seconds.now() - start

    def note(self) -> None:
        """Write down what it has taken so far."""
        write_json(self._folder / _FILE, asdict(self._cost()))
        self._noted = time.monotonic()

    def _cost(self) -> Cost:
        made = (ledger.made[one] for ledger in self._ledgers for one in ledger.asked if one in ledger.made)
        reductions = sum(made, Seconds())
        alone = Seconds.now() - self._start - self._aside - (self._all_spent() - self._spent) + reductions
        return replace(
            self._before,
            cpu_seconds=self._before.cpu_seconds + alone.cpu,
            wall_seconds=self._before.wall_seconds + alone.wall,
            reductions_cpu_seconds=self._before.reductions_cpu_seconds + reductions.cpu,
        )

    def _all_spent(self) -> Seconds:
        return sum((ledger.spent for ledger in self._ledgers), Seconds())


def costs_table(found: Sequence[AttackScores], costs: Mapping[str, Cost | None]) -> pd.DataFrame:
    """``attacks.csv``: one row per attack, in their order; empty cells where nothing was noted."""
    layers = Counter(one.attack for one in found)
    rows = [
        {"attack": attack, "layers": number, **(asdict(cost) if (cost := costs[attack]) else {})}
        for attack, number in layers.items()
    ]
    return pd.DataFrame(rows, columns=ATTACKS_COLUMNS)
