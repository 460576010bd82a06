"""What a node answers, in one of three ways: every update, the sums of those it has captured itself, or what failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from flwr.app import ArrayRecord, ConfigRecord, MetricRecord, RecordDict

from fedser.algorithms.average import BlockSum
from fedser.engine.flower.arrays import pack, unpack
from fedser.engine.parts import Reply
from fedser.errors import CaptureError, ClientError
from fedser.updates.update import Arrays, Update


@dataclass(frozen=True)
class Sums:
    """The answer by sums: n_k and losses of the run's clients, and its blocks."""

    examples: tuple[int, ...]
    losses: tuple[float, ...]
    blocks: tuple[BlockSum, ...]


@dataclass(frozen=True)
class Failure:
    """What a client, or the capture of what clients sent, has raised on the node."""

    text: str
    capture: bool = False

    def error(self) -> ClientError | CaptureError:
        """The node's own error, as it was raised there."""
        return CaptureError(self.text) if self.capture else ClientError(self.text)


def write_replies(replies: Sequence[Reply]) -> RecordDict:
    """Node: what each of its clients sends."""
    updates = [reply.update for reply in replies]
    clients = ConfigRecord({"round": updates[0].round, "clients": [update.client for update in updates]})
    metrics = _metrics([update.examples for update in updates], [reply.loss for reply in replies])
    return RecordDict({"arrays": _pack_rows([u.arrays for u in updates]), "metrics": metrics, "clients": clients})


def write_sums(sums: Sums) -> RecordDict:
    """Node: the sums of its blocks, whose updates it has captured itself."""
    rows = [{name: sum_.numpy() for name, sum_ in block.sums.items()} for block in sums.blocks]
    described = {"number": [block.block for block in sums.blocks], "examples": [b.examples for b in sums.blocks]}
    metrics = _metrics(sums.examples, sums.losses)
    return RecordDict({"arrays": _pack_rows(rows), "metrics": metrics, "blocks": ConfigRecord(cast(Any, described))})


def write_failure(failure: Failure) -> RecordDict:
    """Node: something has failed, and the rest of the round is of no use."""
    return RecordDict({"failure": ConfigRecord({"text": failure.text, "capture": failure.capture})})


def read_failure(content: RecordDict) -> Failure | None:
    """Server: what has failed, if anything."""
    if "failure" not in content:
        return None
    config: Mapping[str, Any] = content.config_records["failure"]
    return Failure(config["text"], config["capture"])


def read_replies(content: RecordDict, keep: bool = False) -> list[Reply]:
    """Server: what ``write_replies`` has written.

    The arrays may look into memory that Ray shares and would be full of; to ``keep`` them, such are copied.
    """
    metrics, config = _read_metrics(content), cast(Any, content.config_records["clients"])
    rows = _unpack_rows(content.array_records["arrays"])
    if keep:
        rows = [{name: np.require(array, requirements="W") for name, array in row.items()} for row in rows]
    updates = (Update(config["round"], *sent) for sent in zip(config["clients"], metrics[0], rows, strict=True))
    return list(map(Reply, updates, metrics[1]))


def read_sums(content: RecordDict) -> Sums:
    """Server: what ``write_sums`` has written."""
    config: Mapping[str, Any] = content.config_records["blocks"]
    rows = _unpack_rows(content.array_records["arrays"])
    return Sums(
        *_read_metrics(content), tuple(map(BlockSum, config["number"], config["examples"], map(_tensors, rows)))
    )


def _metrics(examples: Sequence[int], losses: Sequence[float]) -> MetricRecord:
    return MetricRecord({"num-examples": list(examples), "loss": list(losses)})


def _read_metrics(content: RecordDict) -> tuple[tuple[int, ...], tuple[float, ...]]:
    metrics: Mapping[str, Any] = content.metric_records["metrics"]
    return tuple(metrics["num-examples"]), tuple(metrics["loss"])


def _pack_rows(rows: Sequence[Mapping[str, np.ndarray[Any, Any]]]) -> ArrayRecord:
    """Named arrays of several rows, none of them copied to stand beside the others."""
    return pack({f"{row}/{name}": array for row, arrays in enumerate(rows) for name, array in arrays.items()})


def _unpack_rows(record: ArrayRecord) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for key, array in unpack(record).items():
        row, _, name = key.partition("/")
        rows.setdefault(row, {})[name] = array
    return [rows[row] for row in sorted(rows, key=int)]


def _tensors(arrays: Arrays) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.require(array, requirements="W")) for name, array in arrays.items()}
