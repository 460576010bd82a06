"""SecAgg+ at the server: Flower's own workflow, stage by stage, for one round whose parties are the nodes it is given.

Flower's ``SecAggPlusWorkflow`` (flwr 1.41) draws clients by a strategy, hands the mean to it, and halts with a line in
the log; here the strategy's place is taken by what already knows the round, and what has halted it is told. A node that
is lost while vectors are collected is recovered by the others' shares, and one that is lost later is not needed. Of one
that was lost earlier Flower's workflow would ask for shares that nobody has, at which nodes fail: so it ends there.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Message, RecordDict
from flwr.common import FitIns, FitRes, Parameters, parameters_to_ndarrays
from flwr.server.workflow.constant import MAIN_CONFIGS_RECORD, MAIN_PARAMS_RECORD, Key
from flwr.server.workflow.secure_aggregation.secaggplus_workflow import SecAggPlusWorkflow, WorkflowState
from flwr.serverapp import Grid

from fedser.defenses.secure_aggregation import RING_BITS, SecureAggregation
from fedser.engine.flower.answers import read_failure


@dataclass(frozen=True)
class Summed:
    """What the server knows after a round.

    ``mean`` [P], float64, is that of the nodes in ``told``, which have sent n_k and loss beside masked vectors; it is
    None where too few shares were left. Of the nodes in ``lost`` some message was not answered, for that reason.
    """

    mean: np.ndarray[Any, np.dtype[np.float64]] | None
    told: Mapping[int, tuple[int, float]]
    lost: Mapping[int, str]


def secure_sum(
    grid: Grid, defense: SecureAggregation, max_weight: int, letters: Mapping[int, RecordDict], timeout: float
) -> Summed:
    """The mean of what the clients send who are trained by ``letters``, one by node id, weighted by n_k.

    ``max_weight`` is W, and ``timeout`` the seconds for each answer. Raises the error of the first client that fails.
    """
    watched, round_ = _Watched(grid, timeout), _Round(sorted(letters))
    with _quiet():
        _run(_workflow(defense, max_weight, len(letters)), watched, round_, letters)
    told = {party.node_id: (sent.num_examples, float(sent.metrics["loss"])) for party, sent in round_.results}
    mean = parameters_to_ndarrays(round_.results[0][1].parameters)[0] if round_.results else None
    return Summed(mean, dict(sorted(told.items())), watched.lost)


def _workflow(defense: SecureAggregation, max_weight: int, clients: int) -> SecAggPlusWorkflow:
    fewer = defense.shares is not None and defense.shares < clients
    return SecAggPlusWorkflow(
        cast(int, defense.shares) if fewer else 1.0,
        defense.threshold or 2 / 3,
        max_weight=float(max_weight),
        clipping_range=defense.clipping_range or 8.0,
        quantization_range=2 ** defense.bits_among(clients),
        modulus_range=2**RING_BITS,
    )


def _run(workflow: SecAggPlusWorkflow, grid: "_Watched", round_: "_Round", letters: Mapping[int, RecordDict]) -> None:
    """The four stages, as far as they come."""
    state, context, sender = WorkflowState(), cast(Any, round_), cast(Grid, grid)
    if not workflow.setup_stage(sender, context, state) or grid.lost:
        return
    state.nid_to_fitins = {node: letters[node] for node in state.nid_to_fitins}
    if not workflow.share_keys_stage(sender, context, state) or grid.lost:
        return
    if workflow.collect_masked_vectors_stage(sender, context, state):
        workflow.unmask_stage(sender, context, state)


@dataclass(frozen=True)
class _Party:
    """What the workflow asks of a ClientProxy."""

    node_id: int


class _Round:
    """What the workflow asks of a LegacyContext, its strategy and its client manager: who takes part and listens."""

    def __init__(self, nodes: list[int]) -> None:
        configs = ConfigRecord({Key.CURRENT_ROUND: 0})
        self.state = RecordDict({MAIN_PARAMS_RECORD: ArrayRecord(), MAIN_CONFIGS_RECORD: configs})
        self.strategy = self.client_manager = self
        self.results: list[tuple[_Party, FitRes]] = []
        self._nodes = nodes

    def num_available(self) -> int:
        """Told in a line of the log only."""
        return len(self._nodes)

    def configure_fit(self, *_: object) -> list[tuple[_Party, FitIns]]:
        """The nodes, with letters that are put in later: the older form has no place for them."""
        return [(_Party(node), FitIns(Parameters([], ""), {})) for node in self._nodes]

    def aggregate_fit(self, _: int, results: list[tuple[_Party, FitRes]], __: object) -> tuple[None, dict[str, Any]]:
        """Each node's answer, with the mean of all in place of its own arrays."""
        self.results = results
        return None, {}


@dataclass
class _Watched:
    """The grid as the workflow uses it: a client's error is raised, and whoever does not answer is noted."""

    grid: Grid
    seconds: float
    lost: dict[int, str] = field(default_factory=dict)

    def send_and_receive(self, messages: Iterable[Message], *, timeout: float | None = None) -> list[Message]:
        """The replies that came in time, of which none is a client's error."""
        sent = [_own(message) for message in messages]
        replies = {reply.metadata.reply_to_message_id: reply for reply in self._replies(sent)}
        for message in sent:
            self._note(message.metadata.dst_node_id, replies.get(message.metadata.message_id))
        return list(replies.values())

    def _replies(self, sent: list[Message]) -> Iterable[Message]:
        return self.grid.send_and_receive(sent, timeout=self.seconds)

    def _note(self, node: int, reply: Message | None) -> None:
        if reply is None:
            self.lost.setdefault(node, f"no reply in {self.seconds:g} s (engine.timeout)")
        elif reply.has_error():
            self.lost.setdefault(node, str(reply.error.reason).strip())
        elif failure := read_failure(reply.content):
            raise failure.error()


def _own(message: Message) -> Message:
    """The message with settings of its own: the workflow gives all the same, and a node of this process changes it."""
    records = message.content.items()
    copied = {name: ConfigRecord(dict(one)) if isinstance(one, ConfigRecord) else one for name, one in records}
    message.content = RecordDict(copied)
    return message


@contextmanager
def _quiet() -> Iterator[None]:
    """Flower tells its log how many take part; what goes wrong is told by the caller."""
    logger = logging.getLogger("flwr")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
