"""What the defenses cost in time: rounds of the private training with them and without, measured in turns.

In this process and on one core (or on the GPU), whatever engine ran the trainings: what Flower adds does not depend on
the defense. The server's part of a round counts. So does the evaluation of the clients, which is the same in both.
"""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from fedser.artifacts.manifest import once
from fedser.engine import EngineConfig
from fedser.engine.cohort import Cohort
from fedser.engine.cohort.compute import Compute
from fedser.engine.selection import Selection
from fedser.engine.training import Keep, Training
from simulations.experiment import Experiment, Role
from simulations.run_folder import RunFolder
from simulations.scoring import write_csv
from simulations.scoring.seconds import seconds
from simulations.stages.prepared import Prepared
from simulations.stages.simulate import Planned, planned

SECONDS = "seconds.csv"
_ROUNDS, _TURNS, _LONG = 10, 3, 5.0
"""Rounds that are timed, how often with and without defenses, and after how many seconds no further turn begins."""


def measure_seconds(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared]) -> None:
    """Write the table, once; there is none without a defense, or where one is a protocol between Flower's nodes."""
    place = folder.path / SECONDS
    if not experiment.defenses or any(defense.between_nodes for defense in experiment.defenses):
        place.unlink(missing_ok=True)
        return
    first = next(planned(experiment, folder, prepared))
    config = {"training": first.config, "rounds": _ROUNDS, "turns": _TURNS}
    once(folder.seconds, "seconds", config, first.inputs, experiment.seed, lambda: _measure(first, place))


def _measure(first: Planned, place: Path) -> None:
    engine, begun = _engine(first.experiment.engine), time.monotonic()
    clock = time.perf_counter if _on_gpu(engine) else time.process_time
    defended, plain = list[float](), list[float]()
    while len(plain) < _TURNS and (not plain or time.monotonic() - begun < _LONG):
        defended.append(_update(engine, first, True, clock))
        plain.append(_update(engine, first, False, clock))
    name = "+".join(defense.name for defense in first.experiment.defenses)
    write_csv(place, seconds(name, "wall" if _on_gpu(engine) else "cpu", defended, plain, _ROUNDS))


def _engine(chosen: EngineConfig) -> EngineConfig:
    """One that works in this process, at the speed of the chosen one."""
    return Cohort(workers=1, **dict(chosen.compute)) if isinstance(chosen, Compute) else chosen


def _on_gpu(engine: EngineConfig) -> bool:
    return isinstance(engine, Compute) and engine.torch_device.type != "cpu"


def _update(engine: EngineConfig, first: Planned, defended: bool, clock: Callable[[], float]) -> float:
    """Seconds of one client's update: from the end of the first round, by which all is warm, to the end of the last."""
    simulation, ends = first.simulation, list[float]()
    changed = {"rounds": _ROUNDS + 1, "selection": Selection()} | ({} if defended else {"defenses": ()})
    short = simulation.model_copy(update=changed)
    with TemporaryDirectory(prefix="fedser-seconds-") as scratch:
        keep = Keep(Path(scratch) / "state.safetensors", every=_ROUNDS + 2)
        engine.run(Training(short, first.data, ticked=lambda _: ends.append(clock()), keep=keep, public=first.public))
    clients = short.algorithm.cohort_size(len(first.data.open().clients))
    return (ends[-1] - ends[0]) / (clients * _ROUNDS)
