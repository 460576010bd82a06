"""One message to each of some nodes and all their replies: nothing is lost, late or failed without an error."""

import time
from collections.abc import Mapping
from threading import Event

from flwr.app import Message, RecordDict
from flwr.serverapp import Grid

from fedser.engine.flower.messages import read_partition

POLL = 0.01
"""Seconds between two looks for replies: a Grid offers no way to be told of them."""


class NodeError(Exception):
    """Some nodes have not done what they were asked; their partition ids (none before those are known), and why."""

    def __init__(self, nodes: list[int], reason: str) -> None:
        super().__init__(reason)
        self.nodes, self.reason = nodes, reason


class Exchange:
    """Talks to the nodes of a grid by partition id (0, 1, ...), since node ids are drawn anew in each run."""

    def __init__(self, grid: Grid, nodes: int, timeout: float, stop: Event) -> None:
        """Wait until all nodes are there, then ask each which it is; raises as a call does."""
        self._grid, self._timeout, self._stop = grid, timeout, stop
        self._partitions: dict[int, int] = {}
        appeared = self._all(nodes)
        answers = self._send({node: RecordDict() for node in appeared}, "query")
        self._partitions = {node: read_partition(answer) for node, answer in answers.items()}

    def __call__(self, contents: Mapping[int, RecordDict], kind: str) -> dict[int, RecordDict]:
        """Partition id to content and back.

        Raises NodeError when a node fails, or when ``timeout`` seconds pass without any reply, and KeyboardInterrupt
        once ``stop`` is set.
        """
        nodes = {partition: node for node, partition in self._partitions.items()}
        answers = self._send({nodes[partition]: content for partition, content in contents.items()}, kind)
        return {self._partitions[node]: answer for node, answer in answers.items()}

    def _all(self, number: int) -> list[int]:
        since = time.monotonic()
        while len(nodes := list(self._grid.get_node_ids())) < number:
            self._pause(since, [], f"only {len(nodes)} of {number} nodes have appeared in")
        return nodes

    def _send(self, contents: Mapping[int, RecordDict], kind: str) -> dict[int, RecordDict]:
        pushed = self._grid.push_messages([Message(content, node, kind) for node, content in contents.items()])
        waiting = dict(zip(pushed, contents, strict=True))
        answers: dict[int, RecordDict] = {}
        heard = time.monotonic()
        while waiting:
            for reply in self._grid.pull_messages(list(waiting)):
                node = waiting.pop(reply.metadata.reply_to_message_id)
                answers[node] = self._content(node, reply)
                heard = time.monotonic()
            if waiting:
                self._pause(heard, list(waiting.values()), "no reply in")
        return answers

    def _content(self, node: int, reply: Message) -> RecordDict:
        if reply.has_error():
            raise NodeError(self._known([node]), str(reply.error.reason).strip())
        return reply.content

    def _pause(self, since: float, nodes: list[int], what: str) -> None:
        if time.monotonic() - since > self._timeout:
            raise NodeError(self._known(nodes), f"{what} {self._timeout:g} s (engine.timeout)")
        if self._stop.wait(POLL):
            raise KeyboardInterrupt

    def _known(self, nodes: list[int]) -> list[int]:
        return sorted(self._partitions[node] for node in nodes if node in self._partitions)
