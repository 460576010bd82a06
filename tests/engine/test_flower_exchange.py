"""Messages and replies over a grid that is late, loses replies, or reports errors, and that can only be polled."""

import pytest
from flwr.app import ConfigRecord, Context, Error, Message, RecordDict
from flwr.serverapp import Grid

from fedser.algorithms import FedSGD
from fedser.engine import Flower
from fedser.engine.cohort.compute import Compute
from fedser.engine.flower.exchange import Exchange, NodeError
from fedser.engine.flower.in_process import InProcessGrid
from fedser.engine.flower.server import Server
from fedser.errors import ClientError


class UnreliableGrid(Grid):
    """Not one of ours. Nodes appear one by one; a reply takes two looks, is an error, or never comes."""

    def __init__(self, nodes, failing=(), silent=(), missing=0, echo=True):
        self.inner, self.echo = InProcessGrid(nodes), echo
        self.failing, self.silent, self.missing = failing, silent, missing
        self.looks, self.sent, self.seen = 0, {}, set()

    def set_run(self, run):
        self.inner.set_run(run)

    @property
    def run(self):
        return self.inner.run

    def create_message(self, *args):
        return self.inner.create_message(*args)

    def send_and_receive(self, messages, *, timeout=None):
        raise NotImplementedError

    def get_node_ids(self):
        self.looks += 1
        return self.inner.get_node_ids()[self.missing :][: self.looks]

    def push_messages(self, messages):
        messages = list(messages)
        numbers = list(self.inner.push_messages(messages))
        self.sent |= dict(zip(numbers, messages, strict=True))
        return numbers

    def pull_messages(self, message_ids):
        for number in message_ids:
            message = self.sent[number]
            partition = int(self.inner.contexts[message.metadata.dst_node_id].node_config["partition-id"])
            if message.metadata.message_type == "query":
                yield self.answer(number)
            elif number not in self.seen:
                self.seen.add(number)
            elif partition in self.failing:
                yield Message(Error(code=0, reason=f" node {partition} is dead\n"), reply_to=message)
            elif partition not in self.silent:
                yield Message(message.content, reply_to=message) if self.echo else self.answer(number)

    def answer(self, number):
        (reply,) = self.inner.pull_messages([number])
        return reply


def content(text):
    return RecordDict({"text": ConfigRecord({"text": text})})


def texts(answers):
    return [str(answer.config_records["text"]["text"]) for answer in answers]


@pytest.mark.parametrize("node_ids", [[2, 3, 4, 5], [5, 3, 2, 4]])
def test_answers_come_in_the_order_of_the_messages_whatever_the_nodes_ids(node_ids, monkeypatch):
    grid = UnreliableGrid(4)
    monkeypatch.setattr(grid.inner, "get_node_ids", lambda: node_ids)
    talk = Exchange(grid, 4, 30.0)
    letters = [(2, content("two")), (0, content("zero")), (3, content("three")), (2, content("two again"))]
    assert texts(talk(letters, "train")) == ["two", "zero", "three", "two again"] and grid.looks == 4
    partitions = [
        grid.inner.contexts[message.metadata.dst_node_id].node_config["partition-id"]
        for message in grid.sent.values()
        if message.metadata.message_type == "train"
    ]
    assert partitions == [2, 0, 3, 2]


def test_nodes_that_never_appear_end_the_wait():
    with pytest.raises(NodeError) as caught:
        Exchange(UnreliableGrid(3, missing=1), 3, 0.1)
    assert caught.value.places == []
    assert caught.value.reason == "only 2 of 3 nodes have appeared in 0.1 s (engine.timeout)"


def test_every_message_without_a_reply_is_named_after_the_timeout():
    talk = Exchange(UnreliableGrid(3, silent=[2, 1]), 3, 0.1)
    answers = talk([(node, content(str(node))) for node in (0, 1, 0, 2)], "train")
    assert texts([next(answers)]) == ["0"]
    with pytest.raises(NodeError) as caught:
        next(answers)
    assert caught.value.places == [1, 2, 3] and caught.value.reason == "no reply in 0.1 s (engine.timeout)"


def test_an_error_reply_is_never_passed_over():
    talk = Exchange(UnreliableGrid(3, failing=[1]), 3, 30.0)
    with pytest.raises(NodeError) as caught:
        list(talk([(node, content("work")) for node in range(3)], "train"))
    assert caught.value.places == [1] and caught.value.reason == "node 1 is dead"


@pytest.mark.parametrize(
    ("grid", "text"),
    [
        ({"silent": [1]}, "round 1, client-00002, client-00003, client-00004: no reply in 0.1 s (engine.timeout)"),
        ({"failing": [1]}, "round 1, client-00002, client-00003, client-00004: node 1 is dead"),
        ({"missing": 1}, "before round 1: only 1 of 2 nodes have appeared in 0.1 s (engine.timeout)"),
        ({"silent": [0, 1]}, "round 1, client-00000, client-00001, client-00002, client-00003, client-00004: no reply"),
    ],
)
def test_a_lost_node_is_a_client_error_that_names_its_clients(world, training, tmp_path, grid, text):
    made = training(world(algorithm=FedSGD(client_fraction=1.0)), tmp_path)
    app = Server(made, Compute(), 2, 0.1, False).app([])
    with pytest.raises(ClientError) as caught:
        app(UnreliableGrid(2, echo=False, **grid), Context(1, 1, {}, RecordDict(), {}))
    assert str(caught.value).startswith(f"training private-0, {text}")


def test_a_grid_that_is_not_ours_trains_as_ours_do(world, training, tmp_path, run):
    made, states = world(), []
    expected = run(Flower(grid="in_process"), made, tmp_path / "ours")
    server = Server(training(made, tmp_path / "theirs"), Compute(), 2, 30.0, False)
    server.app(states)(UnreliableGrid(2, echo=False), Context(1, 1, {}, RecordDict(), {}))
    assert states[0].history == expected.state.history
    for name in ("state", "updates/round-000005.safetensors"):
        assert (tmp_path / "theirs" / name).read_bytes() == expected.files[name]


def test_an_error_names_some_clients_and_counts_the_others(world, training, tmp_path):
    made = training(world(sizes=[1] * 20, algorithm=FedSGD(client_fraction=1.0)), tmp_path)
    app = Server(made, Compute(), 2, 30.0, False).app([])
    with pytest.raises(ClientError) as caught:
        app(UnreliableGrid(2, failing=[1], echo=False), Context(1, 1, {}, RecordDict(), {}))
    named = ", ".join(f"client-{number:05d}" for number in range(10, 15))
    assert str(caught.value) == f"training private-0, round 1, {named} and 5 more: node 1 is dead"
