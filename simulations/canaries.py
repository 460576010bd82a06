"""The ``canaries`` key: one training more, with canaries in it, that measures what the defenses' epsilon is worth."""

from collections.abc import Iterator
from math import prod

from pydantic import Field

from fedser.engine.canaries import Canaries
from fedser.engine.flock import Shapes, shared_shapes
from fedser.engine.simulation import Simulation
from fedser.errors import ConfigError

TRAINING = "canaries"
"""The name of the training that they take part in."""


class Audit(Canaries):
    """Canaries, and how it is told from them whether a client took part."""

    delta: float | None = Field(
        None, gt=0, lt=1, description="by default that of the defense's promise, or clients to the power of -1.1"
    )
    guessed: float = Field(0.5, gt=0, le=1, description="of how many it is guessed whether they took part")
    confidence: float = Field(0.95, gt=0.5, lt=1, description="of the lower bound, and of the estimate's interval")

    def impossible(self, simulation: Simulation) -> Iterator[str]:
        """What of it such a training does not allow."""
        if self.length(simulation, {}) is None:
            yield (
                "canaries: no defense bounds what a client sends, so that nothing says how long a canary's update is"
                " (add clip or dp_fedavg as the last that changes updates, or give canaries.norm)"
            )
        if self.turns != "clients" and self.turns > simulation.rounds:
            yield f"canaries.turns: {self.turns}, but there are {simulation.rounds} rounds"

    def check(self, simulation: Simulation, shapes: Shapes) -> None:
        """Raise ConfigError where a model with parameters of these ``shapes`` is too small for so many directions."""
        size = sum(map(prod, shared_shapes(simulation, shapes).values()))
        if 10 * self.number > size:
            raise ConfigError(
                f"canaries.number: {self.number} directions of {size:,} parameters that clients share would hide each"
                f" other (choose at most {size // 10:,}, or a larger model)"
            )

    @property
    def trained(self) -> Canaries:
        """What of it decides the training."""
        return Canaries(number=self.number, turns=self.turns, norm=self.norm)
