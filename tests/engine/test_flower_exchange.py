"""Messages and replies over a grid that is late, loses replies, mixes them up, or reports errors."""

import threading

import pytest
from flwr.app import ConfigRecord, Context, Error, Message, RecordDict

from fedser.algorithms import FedSGD
from fedser.engine.flower.exchange import Exchange, NodeError
from fedser.engine.flower.in_process import InProcessGrid
from fedser.engine.flower.outcome import Outcome
from fedser.engine.flower.server import Server
from fedser.errors import ClientError


class UnreliableGrid(InProcessGrid):
    """Nodes appear one by one; replies come in reverse, one a look; some are errors, some never come."""

    def __init__(self, nodes, failing=(), silent=(), missing=0):
        super().__init__(nodes)
        self.failing, self.silent, self.missing = failing, silent, missing
        self.looks, self.pulls, self.asked = 0, 0, []

    def get_node_ids(self):
        self.looks += 1
        return super().get_node_ids()[self.missing :][: self.looks]

    def pull_messages(self, message_ids):
        self.pulls += 1
        waiting = sorted(message_ids, key=lambda number: -int(number.split("-")[1]))
        for number in waiting:
            message = self._waiting[number]
            partition = int(self._contexts[message.metadata.dst_node_id].node_config["partition-id"])
            if message.metadata.message_type == "query":
                yield from super().pull_messages([number])
            elif partition in self.failing:
                yield Message(Error(code=0, reason=f" node {partition} is dead\n"), reply_to=message)
            elif partition not in self.silent:
                self.asked.append(partition)
                yield Message(message.content, reply_to=self._waiting.pop(number))
            else:
                continue
            return


def exchange(grid, nodes=3, timeout=30.0, stop=None):
    return Exchange(grid, nodes, timeout, stop or threading.Event())


def content(text):
    return RecordDict({"text": ConfigRecord({"text": text})})


def test_each_reply_belongs_to_its_node_whatever_the_order():
    grid = UnreliableGrid(4)
    answers = exchange(grid, nodes=4)({2: content("two"), 0: content("zero"), 3: content("three")}, "train")
    assert {node: str(answer.config_records["text"]["text"]) for node, answer in answers.items()} == {
        0: "zero",
        2: "two",
        3: "three",
    }
    assert grid.looks == 4 and grid.asked == [3, 0, 2]


def test_nodes_that_never_appear_end_the_wait():
    with pytest.raises(NodeError) as caught:
        exchange(UnreliableGrid(3, missing=1), timeout=0.1)
    assert caught.value.nodes == [] and caught.value.reason == (
        "only 2 of 3 nodes have appeared in 0.1 s (engine.timeout)"
    )


def test_a_silent_node_is_named_after_the_timeout():
    talk = exchange(UnreliableGrid(3, silent=[2, 1]), timeout=0.1)
    with pytest.raises(NodeError) as caught:
        talk({node: content("work") for node in range(3)}, "train")
    assert caught.value.nodes == [1, 2] and caught.value.reason == "no reply in 0.1 s (engine.timeout)"


def test_an_error_reply_is_never_passed_over():
    talk = exchange(UnreliableGrid(3, failing=[1]))
    with pytest.raises(NodeError) as caught:
        talk({node: content("work") for node in range(3)}, "train")
    assert caught.value.nodes == [1] and caught.value.reason == "node 1 is dead"


def test_a_stop_ends_every_wait():
    stop = threading.Event()
    talk = exchange(UnreliableGrid(3, silent=[1]), stop=stop)
    stop.set()
    with pytest.raises(KeyboardInterrupt):
        talk({1: content("work")}, "train")
    with pytest.raises(KeyboardInterrupt):
        exchange(UnreliableGrid(3), stop=stop)


@pytest.mark.parametrize(
    ("grid", "text"),
    [
        (
            {"silent": [1]},
            "round 1, client-00001, client-00003: no reply in 0.1 s (engine.timeout)",
        ),
        ({"failing": [1]}, "round 1, client-00001, client-00003: node 1 is dead"),
        (
            {"missing": 1},
            "before round 1: only 1 of 2 nodes have appeared in 0.1 s (engine.timeout)",
        ),
    ],
)
def test_a_lost_node_is_a_client_error_that_names_its_clients(world, grid, text):
    made, outcome, ended = world(algorithm=FedSGD(client_fraction=1.0)), Outcome(), []
    server = Server(made.simulation, made.data, (), None, 2, 0.1)
    app = server.app(outcome, lambda: ended.append(True))
    app(UnreliableGrid(2, **grid), Context(1, 1, {}, RecordDict(), {}))
    with pytest.raises(ClientError) as caught:
        outcome.result()
    assert str(caught.value) == f"training private-0, {text}" and ended == [True]
