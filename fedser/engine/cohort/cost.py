"""What a training will take on one core, in time and memory: whether other processes are worth it, and how many."""

from fedser.engine.cohort.bench import layout_of
from fedser.engine.data import OpenData
from fedser.engine.evaluation import gathered
from fedser.engine.simulation import Simulation
from fedser.models.frames import Frames
from fedser.updates.update import PART

RATE = 25e9
"""Floating-point operations per second of one core in matrix products of these sizes (measured: 20 to 40)."""

STEP = 3e-4
"""Seconds of a step that no arithmetic explains."""

START = 3.0
"""Seconds until a new process has loaded what it needs."""

PROCESS = 0.4
"""GiB of a process before it has trained anyone."""

PARTS = 4
"""Parts of a round's updates that a process holds at once: one under way, and those that wait to be written."""


def gibibytes(simulation: Simulation, data: OpenData) -> float:
    """The memory of a process that runs this training."""
    updates = PARTS * min(PART, simulation.algorithm.cohort_size(len(data.clients)))
    return PROCESS + (updates * 4 * layout_of(simulation, data.x.shape[1]).size + gathered(data)) / 2**30


def seconds(simulation: Simulation, data: OpenData) -> float:
    """An estimate for all rounds: the clients' work, and 2 operations per parameter and held-out row."""
    size = passes(data) * layout_of(simulation, data.x.shape[1]).size
    held, cohort = data.partition.validation, simulation.algorithm.cohort_size(len(data.clients))
    scoring = 2 * size * (len(held.rows) + len(data.partition.test)) / RATE
    return simulation.rounds * (cohort * client_seconds(simulation, data) + scoring)


def client_seconds(simulation: Simulation, data: OpenData) -> float:
    """An estimate for one client in one round: 2 operations per parameter and row forward, 4 backward."""
    size = passes(data) * layout_of(simulation, data.x.shape[1]).size
    mean = len(data.partition.train.rows) / max(1, len(data.clients))
    plan = simulation.algorithm.plan(max(1, round(mean)), simulation.stream("cost"))
    return 6 * size * sum(map(len, plan.batches)) / RATE + STEP * len(plan.batches)


def passes(data: OpenData) -> float:
    """How often a parameter is used for an utterance: once, or at each of its frames."""
    return float(data.x.lengths.mean()) if isinstance(data.x, Frames) else 1.0
