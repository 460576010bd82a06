"""What Flower's server tells its nodes; the two ends of every message stand side by side.

Matrices and labels never travel: a node is told by path where they lie, and opens them for itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from flwr.app import ArrayRecord, ConfigRecord, MetricRecord, RecordDict

from fedser.config import Frozen
from fedser.engine.client_states import ClientStates
from fedser.engine.cohort.compute import Compute
from fedser.engine.data import TrainingData
from fedser.engine.flower.arrays import unpack
from fedser.engine.simulation import Simulation
from fedser.updates.store import StoreWriter
from fedser.updates.update import Arrays


class Job(Frozen):
    """All that a node must know of a training, as JSON; with ``store``, it captures what it answers by sums.

    What its clients keep between their rounds is in ``states``, where any node finds it.
    """

    simulation: Simulation
    data: TrainingData
    compute: Compute
    store: StoreWriter | None = None
    states: ClientStates | None = None


@dataclass(frozen=True)
class Run:
    """Some of the clients of a round: part ``part`` of ``parts``, from place ``first`` of ``total`` sorted clients."""

    clients: list[str]
    first: int
    total: int
    part: int
    parts: int


@dataclass(frozen=True)
class Work:
    """What one node does for one message; with ``sums`` it answers by the sums of the run's blocks."""

    job: str
    number: int
    run: Run
    sums: bool
    broadcast: Arrays


def write_work(job: str, number: int, run: Run, sums: bool, broadcast: ArrayRecord) -> RecordDict:
    """Server: train the clients of ``run`` from the packed ``broadcast``, for round ``number``."""
    places = [run.first, run.total, run.part, run.parts]
    config = ConfigRecord({"job": job, "round": number, "clients": run.clients, "places": places, "sums": sums})
    return RecordDict({"work": config, "arrays": broadcast})


def read_work(content: RecordDict) -> Work:
    """Node: what ``write_work`` has written."""
    config: Mapping[str, Any] = content.config_records["work"]
    run = Run(list(config["clients"]), *config["places"])
    return Work(config["job"], config["round"], run, config["sums"], unpack(content.array_records["arrays"]))


def write_partition(partition: int) -> RecordDict:
    """Node: which of the nodes it is, from 0."""
    return RecordDict({"node": MetricRecord({"partition-id": partition})})


def read_partition(content: RecordDict) -> int:
    """Server: what ``write_partition`` has written."""
    return cast(int, content.metric_records["node"]["partition-id"])
