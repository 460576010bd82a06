"""A Flower Grid on Ray's actors: ServerApp and ClientApp run unchanged, and arrays travel through shared memory.

A record of arrays is put into Ray's object store once, however many nodes it is for, and both sides see it there
without a copy. Nothing polls: a wait ends when the reply is there.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from typing import Any

import ray
from flwr.app import ArrayRecord, Error, Message, RecordDict
from ray.exceptions import RayError

from fedser.engine.flower.grid import LocalGrid

AHEAD = 2
"""Messages that a worker has, done or not, before a reply is pulled: it never waits for work, nor fills the store."""


class RayGrid(LocalGrid):
    """Nodes hosted by ``workers``, handles of Worker actors; a node stays with its worker.

    A worker that dies is Ray's to replace, and its messages are sent again; a ClientApp that raises is an error reply.
    The replies of one worker's nodes are to be pulled in the order of the messages.
    """

    def __init__(self, nodes: int, workers: Sequence[Any]) -> None:
        super().__init__(nodes)
        lines = [_Line(worker) for worker in workers]
        self._host = {node: lines[place % len(lines)] for place, node in enumerate(self.contexts)}
        self._sent = dict[str, _Line]()
        self._shared: tuple[ArrayRecord | None, Any] = (None, None)

    def pull_messages(self, message_ids: Iterable[str]) -> Iterator[Message]:
        """The replies that are there."""
        for number in message_ids:
            line = self._sent[number]
            if line.ready(number, 0):
                del self._sent[number]
                yield line.take(number)

    def wait(self, number: str, seconds: float | None) -> None:
        """Block until the reply is there; Ctrl-C ends it at once."""
        self._sent[number].ready(number, seconds)

    def _push(self, message: Message, number: str) -> str:
        node = message.metadata.dst_node_id
        records = {name: self._share(record) for name, record in message.content.array_records.items()}
        light = copy(message)
        light.content = RecordDict({name: record for name, record in message.content.items() if name not in records})
        self._sent[number] = self._host[node]
        self._host[node].add(light, [self.contexts[node], list(records), *records.values()])
        return number

    def _share(self, record: ArrayRecord) -> Any:
        """A reference to the record in the object store: the one of the last message, where it carried the same."""
        if record is not self._shared[0]:
            self._shared = record, ray.put(record)
        return self._shared[1]


class _Line:
    """A worker, the messages it has, and those that wait for it."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker
        self._queue = deque[tuple[Message, list[Any]]]()
        self._begun = dict[str, tuple[Message, Any]]()

    def add(self, message: Message, rest: list[Any]) -> None:
        """Line a message up, with the other arguments of ``Worker.answer``."""
        self._queue.append((message, rest))
        self._feed()

    def ready(self, number: str, seconds: float | None) -> bool:
        """Whether the reply to a message is there, after so many seconds at most."""
        if number not in self._begun:
            return False
        return bool(ray.wait([self._begun[number][1]], timeout=seconds)[0])

    def take(self, number: str) -> Message:
        """The reply, which is there; an error reply where the worker could give none."""
        message, reply = self._begun.pop(number)
        self._feed()
        try:
            answer: Message = ray.get(reply)
        except RayError as error:
            return Message(Error(code=0, reason=str(error)), reply_to=message)
        return answer

    def _feed(self) -> None:
        while self._queue and len(self._begun) < AHEAD:
            message, rest = self._queue.popleft()
            self._begun[message.metadata.message_id] = message, self._worker.answer.remote(message, *rest)
