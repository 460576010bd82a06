"""Our sides: the platform's engines in this process, driven as an experiment drives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from fedser.engine import EngineConfig
from fedser.engine.engine import Engine
from fedser.errors import ConfigError, Problems
from simulations.bench.side import Job, Outcome, Tick
from simulations.families import members, plugin_name

SETTINGS: Mapping[str, Mapping[str, Any]] = MappingProxyType({"flower": {"grid": "in_process"}})
"""What is not at its default, by engine: on one core, Ray's processes would be timed instead of the messages."""


@dataclass(frozen=True)
class EngineSide:
    """An engine whose observer is the clock."""

    name: str
    engine: Engine

    def run(self, job: Job, tick: Tick) -> Outcome:
        """Train in the engine."""
        state = self.engine.run(job.simulation, job.data, [lambda _: tick()])
        return Outcome(
            train_loss=tuple(row.train_loss for row in state.history),
            validation_accuracy=tuple(row.validation_accuracy for row in state.history),
            test_accuracy=tuple(row.test_accuracy for row in state.history),
            best_score=state.best_score,
            model=state.model,
        )


def engine_sides(names: Sequence[str]) -> list[EngineSide]:
    """The engines of these names; raises ConfigError naming every unknown or repeated one."""
    known = [plugin_name(engine) for engine in members(EngineConfig)]
    problems = Problems()
    for name in dict.fromkeys(names):
        if name not in known:
            problems.add("--engines", f"unknown {name!r} (choose from {', '.join(known)})")
        if names.count(name) > 1:
            problems.add("--engines", f"{name!r} is given more than once")
    problems.raise_if_any(ConfigError)
    reader: TypeAdapter[Engine] = TypeAdapter(EngineConfig)
    return [EngineSide(name, reader.validate_python({"name": name, **SETTINGS.get(name, {})})) for name in names]
