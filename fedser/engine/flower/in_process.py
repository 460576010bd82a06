"""A Flower Grid without processes, queues or polling: ServerApp and ClientApp run unchanged, message by message."""

from collections.abc import Iterable, Iterator

from flwr.app import Message

from fedser.engine.flower.client_app import app
from fedser.engine.flower.grid import LocalGrid


class InProcessGrid(LocalGrid):
    """Nodes that answer when their reply is pulled; a ClientApp's exception passes through."""

    def __init__(self, nodes: int) -> None:
        super().__init__(nodes)
        self._waiting = dict[str, Message]()

    def pull_messages(self, message_ids: Iterable[str]) -> Iterator[Message]:
        """Let each node answer in turn."""
        for number in message_ids:
            message = self._waiting.pop(number)
            yield app(message, self.contexts[message.metadata.dst_node_id])

    def wait(self, number: str, seconds: float | None) -> None:
        """Nothing is ever waited for."""

    def _push(self, message: Message, number: str) -> str:
        self._waiting[number] = message
        return number
