"""One training as an engine takes it: the simulation, its data, and who looks on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fedser.engine.data import TrainingData
from fedser.engine.simulation import Simulation
from fedser.updates.store import StoreWriter
from fedser.updates.update import Round

Observer = Callable[[Round], None]
"""Stands at the server's side of the wire: sees each part of a round, its broadcast and updates after all client-side
defenses. The arrays are the observer's to keep."""


@dataclass(frozen=True)
class Keep:
    """Where a training's state is kept, and after how many rounds it is written again."""

    path: Path
    every: int = 10


def unheard(number: int) -> None:
    """Nobody counts the rounds."""


@dataclass(frozen=True)
class Training:
    """``store`` captures the updates, at the server or wherever they arise; ``ticked`` is told each finished round."""

    simulation: Simulation
    data: TrainingData
    store: StoreWriter | None = None
    observers: tuple[Observer, ...] = ()
    ticked: Callable[[int], None] = unheard
    keep: Keep | None = None

    def shows(self, number: int) -> bool:
        """Whether anyone looks at the updates of round ``number``."""
        return bool(self.observers) or (self.store is not None and self.store.keeps_round(number))
