"""One training as an engine takes it: the simulation, its data, and who looks on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fedser.engine.canaries import Canaries
from fedser.engine.client_states import ClientStates
from fedser.engine.data import Features, Labels, TrainingData
from fedser.engine.simulation import Simulation
from fedser.errors import ConfigError, InputError
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
    """``store`` captures the updates, at the server or wherever they arise; ``ticked`` is told each finished round.
    ``public`` are data with their attributes that the server has, too. With ``canaries``, these take part beside the
    clients, and what is seen of them is kept beside the training's state.

    Raises ConfigError where clients are to keep something between their rounds, and nothing is kept (``keep``), or are
    to know the attribute of their rows, and the data do not say; and where there are canaries, and nothing is kept, or
    no length is known of their updates.
    """

    simulation: Simulation
    data: TrainingData
    store: StoreWriter | None = None
    observers: tuple[Observer, ...] = ()
    ticked: Callable[[int], None] = unheard
    keep: Keep | None = None
    public: TrainingData | None = None
    canaries: Canaries | None = None

    def __post_init__(self) -> None:
        if self.simulation.needs_public and self.public is None:
            names = ", ".join(defense.name for defense in self.simulation.defenses if defense.needs_public)
            raise ConfigError(
                f"training {self.simulation.training}: the server learns from public data ({names}), and has none"
            )
        if self.simulation.needs_attributes and self.data.attributes is None:
            names = ", ".join(defense.name for defense in self.simulation.defenses if defense.needs_attributes)
            raise ConfigError(
                f"training {self.simulation.training}: clients need to know the attribute of their rows ({names}), but"
                " the training's data have none"
            )
        if self.simulation.keeps_state and self.keep is None:
            names = ", ".join(defense.name for defense in self.simulation.defenses if defense.keeps_state)
            raise ConfigError(
                f"training {self.simulation.training}: clients keep something between their rounds ({names}),"
                " but the training has no folder to keep it in"
            )

        if self.canaries is not None:
            self._check_canaries(self.canaries)

    def _check_canaries(self, canaries: Canaries) -> None:
        if self.keep is None:
            raise ConfigError(f"training {self.simulation.training}: no folder to keep in what is seen of canaries")
        if canaries.length(self.simulation, {}) is None:
            raise ConfigError(f"training {self.simulation.training}: nothing says how long the update of a canary is")

    @property
    def seen_canaries(self) -> Path | None:
        """Where what is seen of canaries is kept."""
        return self.keep.path.with_name("canaries.safetensors") if self.canaries and self.keep else None

    @property
    def client_states(self) -> ClientStates | None:
        """Where clients keep what they keep between their rounds, beside the training's state; mostly nothing."""
        if self.keep is None or not self.simulation.keeps_state:
            return None
        return ClientStates(self.keep.path.absolute().with_name("clients"))

    def open_public(self) -> tuple[Features, Labels]:
        """Features and attributes of the public rows; raises InputError where these are not known."""
        data = self.public.open() if self.public else None
        if data is None or data.attributes is None:
            raise InputError(f"training {self.simulation.training}: no public data with attributes")
        rows = np.sort(data.partition.train.rows)
        return data.x[rows], data.attributes[rows]

    def shows(self, number: int) -> bool:
        """Whether anyone looks at the updates of round ``number``."""
        return bool(self.observers) or (self.store is not None and self.store.keeps_round(number))
