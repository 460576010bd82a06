"""What travels between Flower's server and its nodes; the two ends of every message stand side by side.

Matrices and labels never travel: a node is told by path where they lie, and opens them for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, MetricRecord, RecordDict

from fedser.config import Frozen
from fedser.engine.data import TrainingData
from fedser.engine.parts import Reply
from fedser.engine.simulation import Simulation
from fedser.errors import ClientError
from fedser.updates.update import Arrays, Update


class Job(Frozen):
    """All that a node must know of a training, as JSON."""

    simulation: Simulation
    data: TrainingData


@dataclass(frozen=True)
class Work:
    """What one node does in one round."""

    job: str
    number: int
    clients: list[str]
    broadcast: Arrays


@dataclass(frozen=True)
class Failure:
    """A client that raised, and what."""

    client: str
    text: str

    def error(self) -> ClientError:
        """The client's own error, as it was raised on the node."""
        return ClientError(self.text)


def pack(arrays: Arrays) -> ArrayRecord:
    """The arrays on the wire; one record serves the messages to all nodes."""
    return ArrayRecord({name: Array(np.ascontiguousarray(array)) for name, array in arrays.items()})


def unpack(record: ArrayRecord) -> Arrays:
    """The arrays from the wire."""
    return {name: array.numpy() for name, array in record.items()}


def write_work(job: str, number: int, clients: list[str], broadcast: ArrayRecord) -> RecordDict:
    """Server: train ``clients`` of ``job`` from the packed ``broadcast``, for round ``number``."""
    config = ConfigRecord({"job": job, "round": number, "clients": clients})
    return RecordDict({"work": config, "arrays": broadcast})


def read_work(content: RecordDict) -> Work:
    """Node: what ``write_work`` has written."""
    config = content.config_records["work"]
    clients = cast(list[str], config["clients"])
    return Work(str(config["job"]), cast(int, config["round"]), list(clients), unpack(content.array_records["arrays"]))


def write_replies(replies: Sequence[Reply]) -> RecordDict:
    """Node: the replies of all its clients, each array stacked to [clients, ...]."""
    updates = [reply.update for reply in replies]
    stacks = {name: np.stack([update.arrays[name] for update in updates]) for name in updates[0].arrays}
    metrics = MetricRecord(
        {"num-examples": [update.examples for update in updates], "loss": [reply.loss for reply in replies]}
    )
    clients = ConfigRecord({"round": updates[0].round, "clients": [update.client for update in updates]})
    return RecordDict({"arrays": pack(stacks), "metrics": metrics, "clients": clients})


def write_failure(failure: Failure) -> RecordDict:
    """Node: one of its clients has failed, and the others of this round are of no use."""
    return RecordDict({"failure": ConfigRecord({"client": failure.client, "text": failure.text})})


def read_replies(content: RecordDict) -> list[Reply] | Failure:
    """Server: one reply per client of the node, or which of them failed first."""
    if "failure" in content:
        config = content.config_records["failure"]
        return Failure(str(config["client"]), str(config["text"]))
    metrics, config = content.metric_records["metrics"], content.config_records["clients"]
    stacks, number = unpack(content.array_records["arrays"]), cast(int, config["round"])
    examples, losses = cast(list[int], metrics["num-examples"]), cast(list[float], metrics["loss"])
    return [
        Reply(Update(number, client, examples[row], {name: stack[row] for name, stack in stacks.items()}), losses[row])
        for row, client in enumerate(cast(list[str], config["clients"]))
    ]


def write_partition(partition: int) -> RecordDict:
    """Node: which of the nodes it is, from 0."""
    return RecordDict({"node": MetricRecord({"partition-id": partition})})


def read_partition(content: RecordDict) -> int:
    """Server: what ``write_partition`` has written."""
    return cast(int, content.metric_records["node"]["partition-id"])
