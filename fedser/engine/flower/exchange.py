"""Messages to nodes and all their replies, in order: nothing is lost, late or failed without an error."""

import time
from collections.abc import Iterator, Sequence

from flwr.app import Message, RecordDict
from flwr.serverapp import Grid

from fedser.engine.flower.grid import LocalGrid
from fedser.engine.flower.messages import read_partition

POLL = 0.01
"""Seconds between two looks at a Grid that offers no way to be told of replies, such as a SuperLink's."""

Letter = tuple[int, RecordDict]
"""The partition id of a node, and what it is sent."""


class NodeError(Exception):
    """Some messages have not been answered as they should: their places among those sent, and why."""

    def __init__(self, places: list[int], reason: str) -> None:
        super().__init__(reason)
        self.places, self.reason = places, reason


class Exchange:
    """Talks to the nodes of a grid by partition id (0, 1, ...), since node ids are drawn anew in each run."""

    def __init__(self, grid: Grid, nodes: int, timeout: float) -> None:
        """Wait until all nodes are there, then ask each which it is; raises as a call does."""
        self._grid, self._timeout = grid, timeout
        appeared = self._all(nodes)
        answers = self._answers([Message(RecordDict(), node, "query") for node in appeared])
        self._nodes = {read_partition(answer): node for node, answer in zip(appeared, answers, strict=True)}

    def __call__(self, letters: Sequence[Letter], kind: str) -> Iterator[RecordDict]:
        """Send all, then give the answers in the same order, each as soon as it and those before it are there.

        Raises NodeError when a node fails, or when the next answer does not come in ``timeout`` seconds.
        """
        return self._answers([Message(content, self._nodes[partition], kind) for partition, content in letters])

    def node(self, partition: int) -> int:
        """The node of this partition id, in this run."""
        return self._nodes[partition]

    def _all(self, number: int) -> list[int]:
        until = time.monotonic() + self._timeout
        while len(nodes := list(self._grid.get_node_ids())) < number:
            if time.monotonic() > until:
                reason = f"only {len(nodes)} of {number} nodes have appeared in {self._timeout:g} s (engine.timeout)"
                raise NodeError([], reason)
            time.sleep(POLL)
        return nodes

    def _answers(self, messages: list[Message]) -> Iterator[RecordDict]:
        pushed = list(self._grid.push_messages(messages))
        for place in range(len(pushed)):
            reply = self._reply(pushed, place)
            if reply.has_error():
                raise NodeError([place], str(reply.error.reason).strip())
            yield reply.content

    def _reply(self, pushed: list[str], place: int) -> Message:
        until = time.monotonic() + self._timeout
        while not (replies := list(self._grid.pull_messages([pushed[place]]))):
            left = until - time.monotonic()
            if left <= 0:
                late = [place, *(p for p in range(place + 1, len(pushed)) if not self._there(pushed[p]))]
                raise NodeError(late, f"no reply in {self._timeout:g} s (engine.timeout)")
            self._wait(pushed[place], left)
        return replies[0]

    def _there(self, number: str) -> bool:
        return bool(list(self._grid.pull_messages([number])))

    def _wait(self, number: str, seconds: float) -> None:
        if isinstance(self._grid, LocalGrid):
            self._grid.wait(number, seconds)
        else:
            time.sleep(POLL)
