"""What the Flower Grids within one machine have in common: who runs, and which nodes there are."""

import itertools
from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

from flwr.app import Context, Message, RecordDict
from flwr.serverapp import Grid

# Not public in flwr 1.41: Message() reads from the second who sends it, and the first is what a Grid's `run` returns.
from flwr.supercore.run import Run
from flwr.supercore.task_identity import TaskIdentity

_RUNS = itertools.count(1)
_SERVER = 1


class LocalGrid(Grid):
    """``nodes`` nodes that are there from the start; a subclass brings them the messages."""

    def __init__(self, nodes: int) -> None:
        self._run = Run.create_empty(run_id=next(_RUNS))
        TaskIdentity.run_id, TaskIdentity.task_id, TaskIdentity.node_id = self._run.run_id, 1, _SERVER
        self.contexts = {_SERVER + 1 + number: self._context(number, nodes) for number in range(nodes)}
        self._ids = itertools.count(1)

    def _context(self, partition: int, nodes: int) -> Context:
        config: dict[str, Any] = {"partition-id": partition, "num-partitions": nodes}
        return Context(self._run.run_id, _SERVER + 1 + partition, config, RecordDict(), {})

    @property
    def server_context(self) -> Context:
        """What a ServerApp is called with."""
        return Context(self._run.run_id, _SERVER, {}, RecordDict(), {})

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
        return list(self.contexts)

    def push_messages(self, messages: Iterable[Message]) -> Iterable[str]:
        """Send each message on its way; the ids of the messages, in their order."""
        return [self._push(message, self._numbered(message)) for message in messages]

    def send_and_receive(self, messages: Iterable[Message], *, timeout: float | None = None) -> Iterable[Message]:
        """Push, then pull the replies in the order of the messages: each within ``timeout`` seconds, or not at all."""
        replies = list[Message]()
        for number in self.push_messages(messages):
            self.wait(number, timeout)
            replies += self.pull_messages([number])
        return replies

    @abstractmethod
    def wait(self, number: str, seconds: float | None) -> None:
        """Return when the reply to this message is there, or after so many seconds."""

    @abstractmethod
    def _push(self, message: Message, number: str) -> str:
        """Send one message, and return its id."""

    def _numbered(self, message: Message) -> str:
        number = f"message-{next(self._ids)}"
        message.metadata.__dict__["_message_id"] = number  # no setter; Flower's own grids do the same
        return number
