"""A Flower Grid without processes, queues or polling: ServerApp and ClientApp run unchanged, message by message."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from flwr.app import Context, Message, RecordDict
from flwr.serverapp import Grid

# Not public in flwr 1.41: Message() reads from the first who sends it, and the second is what a Grid's `run` returns.
from flwr.supercore.run import Run
from flwr.supercore.task_identity import TaskIdentity

from fedser.engine.flower.client_app import app as client_app
from fedser.engine.flower.outcome import Outcome
from fedser.engine.flower.server import Server
from fedser.engine.history import State

_RUNS = itertools.count(1)
_SERVER = 1


class InProcessGrid(Grid):
    """``nodes`` nodes that answer when their reply is pulled; a ClientApp's exception passes through."""

    def __init__(self, nodes: int) -> None:
        self._run = Run.create_empty(run_id=next(_RUNS))
        TaskIdentity.run_id, TaskIdentity.task_id, TaskIdentity.node_id = self._run.run_id, 1, _SERVER
        self._contexts = {_SERVER + 1 + number: self._context(number, nodes) for number in range(nodes)}
        self._ids, self._waiting = itertools.count(1), dict[str, Message]()

    def _context(self, partition: int, nodes: int) -> Context:
        config: dict[str, Any] = {"partition-id": partition, "num-partitions": nodes}
        return Context(self._run.run_id, _SERVER + 1 + partition, config, RecordDict(), {})

    @property
    def run(self) -> Run:
        """Who is running."""
        return self._run

    def set_run(self, run: Run) -> None:
        """Take another run's identity."""
        self._run = run

    def create_message(
        self, content: RecordDict, message_type: str, dst_node_id: int, group_id: str, ttl: float | None = None
    ) -> Message:
        """A message to a node (Flower's older way to make one)."""
        return Message(content, dst_node_id, message_type, ttl=ttl, group_id=group_id)

    def get_node_ids(self) -> Iterable[int]:
        """All nodes, in the order of their partition ids."""
        return list(self._contexts)

    def push_messages(self, messages: Iterable[Message]) -> Iterable[str]:
        """Keep the messages until their replies are pulled."""
        return [self._push(message) for message in messages]

    def _push(self, message: Message) -> str:
        number = f"message-{next(self._ids)}"
        message.metadata.__dict__["_message_id"] = number  # no setter; Flower's own grids do the same
        self._waiting[number] = message
        return number

    def pull_messages(self, message_ids: Iterable[str]) -> Iterator[Message]:
        """Let each node answer in turn."""
        for number in message_ids:
            message = self._waiting.pop(number)
            yield client_app(message, self._contexts[message.metadata.dst_node_id])

    def send_and_receive(self, messages: Iterable[Message], *, timeout: float | None = None) -> Iterable[Message]:
        """Push, then pull all replies; nothing is waited for."""
        return list(self.pull_messages(self.push_messages(messages)))


def run_in_process(server: Server) -> State:
    """Train, one node after the other."""
    outcome = Outcome()
    grid = InProcessGrid(server.nodes)
    context = Context(grid.run.run_id, _SERVER, {}, RecordDict(), {})
    server.app(outcome, ended=lambda: None)(grid, context)
    return outcome.result()
