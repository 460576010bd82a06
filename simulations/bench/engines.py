"""Our sides: the platform's engines, driven as an experiment drives them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from fedser.engine.cohort import Cohort
from fedser.engine.engine import Engine
from fedser.engine.flower import Flower
from fedser.engine.inline import Inline
from fedser.engine.training import Training
from simulations.bench.side import Job, Outcome, Tick

EngineName = Literal["cohort", "inline", "flower"]

_ONE_CORE: Mapping[EngineName, Engine] = MappingProxyType(
    {"cohort": Cohort(workers=1, device="cpu"), "inline": Inline(), "flower": Flower(grid="in_process")}
)


@dataclass(frozen=True)
class EngineSide:
    """An engine that tells of its rounds."""

    name: str
    engine: Engine

    def run(self, job: Job, tick: Tick) -> Outcome:
        """Train in the engine."""
        state = self.engine.run(Training(job.simulation, job.data, ticked=lambda number: tick()))
        return Outcome(
            train_loss=tuple(row.train_loss for row in state.history),
            validation_accuracy=tuple(row.validation_accuracy for row in state.history),
            test_accuracy=tuple(row.test_accuracy for row in state.history),
            best_score=state.best_score,
            model=state.model,
        )


REFERENCE = EngineSide("inline", Inline())
"""The oracle, by which every other side is judged."""


def cohort_on(cores: int) -> EngineSide:
    """The default engine on so many cores: ``cohort-2`` on two."""
    return EngineSide(f"cohort-{cores}", Cohort(workers=cores, device="cpu"))


def engine_side(name: EngineName) -> EngineSide:
    """The engine of this name, in this process and on one core."""
    return EngineSide(name, _ONE_CORE[name])
