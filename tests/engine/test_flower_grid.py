"""The Grids of this machine: what reaches the nodes, how often arrays are shared, and how far a worker runs ahead."""

# ruff: noqa: E402 - what Ray is told, it is told before it is imported.
from fedser.engine.flower.environment import prepare

prepare()

from types import SimpleNamespace

import numpy as np
import pytest
from flwr.app import ConfigRecord, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from ray.exceptions import RayError

from fedser.engine.flower import in_process, ray_grid, ray_worker
from fedser.engine.flower.arrays import pack, unpack

app = ClientApp()


@app.train()
def echo(message, context):
    """What was sent, by which node, and how often it has been asked in this run."""
    asked = context.state.metric_records.get("asked", MetricRecord({"number": 0}))["number"] + 1
    context.state["asked"] = MetricRecord({"number": asked})
    text = str(message.content.config_records["text"]["text"])
    told = {"text": text, "partition": context.node_config["partition-id"], "asked": asked}
    return Message(RecordDict({"told": ConfigRecord(told), **message.content.array_records}), reply_to=message)


class FakeRay:
    """Answers when a reply is fetched, in this process; counts what is shared and what is under way."""

    def __init__(self):
        self.shared, self.begun, self.failing = [], [], False
        self._workers = [ray_worker.Worker() for _ in range(2)]

    def put(self, record):
        self.shared.append(record)
        return len(self.shared) - 1

    def hired(self, number):
        remotes = map(self._remote, self._workers[:number])
        return [SimpleNamespace(answer=SimpleNamespace(remote=remote)) for remote in remotes]

    def _remote(self, worker):
        def remote(message, context, names, *references):
            self.begun.append(message.metadata.message_id)
            assert not message.content.array_records, "arrays are not sent beside what is shared"
            return lambda: worker.answer(message, context, names, *(self.shared[number] for number in references))

        return remote

    def wait(self, futures, timeout):
        return futures, []

    def get(self, future):
        if self.failing:
            raise RayError("the worker is dead")
        return future()


@pytest.fixture
def fake(monkeypatch):
    fake = FakeRay()
    monkeypatch.setattr(ray_grid, "ray", fake)
    monkeypatch.setattr(ray_worker, "app", app)
    monkeypatch.setattr(in_process, "app", app)
    return fake


def made(kind, fake, nodes, workers):
    """Only one at a time: who sends a message is known to the process, not to the grid."""
    return ray_grid.RayGrid(nodes, fake.hired(workers)) if kind == "ray" else in_process.InProcessGrid(nodes)


def messages(grid, texts, record):
    nodes = list(grid.get_node_ids())
    contents = (RecordDict({"text": ConfigRecord({"text": text}), "arrays": record}) for text in texts)
    return [Message(content, nodes[place % len(nodes)], "train") for place, content in enumerate(contents)]


def told(reply):
    return tuple(reply.content.config_records["told"][name] for name in ("text", "partition", "asked"))


@pytest.mark.parametrize("kind", ["ray", "in_process"])
def test_every_node_answers_for_itself_and_remembers_its_run_only(fake, kind):
    array = np.ones(3, np.float32)
    for _ in range(2):
        grid = made(kind, fake, 3, 2)
        replies = list(grid.send_and_receive(messages(grid, "abcde", pack({"a": array}))))
        assert [told(reply) for reply in replies] == [("a", 0, 1), ("b", 1, 1), ("c", 2, 1), ("d", 0, 2), ("e", 1, 2)]
        assert all(unpack(reply.content.array_records["arrays"])["a"] is array for reply in replies)
        assert all(reply.metadata.run_id == grid.run.run_id for reply in replies)


def test_the_same_arrays_are_shared_once(fake):
    grid = made("ray", fake, 4, 2)
    one, other = (pack({"a": np.full(2, value)}) for value in (1.0, 2.0))
    list(grid.send_and_receive(messages(grid, "abcdefgh", one)))
    list(grid.send_and_receive(messages(grid, "abcd", one)))
    assert fake.shared == [one]
    list(grid.send_and_receive(messages(grid, "abcd", other)))
    assert fake.shared == [one, other]


def test_the_callers_message_is_left_as_it_is(fake):
    grid = made("ray", fake, 1, 1)
    (message,) = messages(grid, "a", pack({"a": np.ones(1)}))
    list(grid.send_and_receive([message]))
    assert set(message.content) == {"text", "arrays"}


def test_a_worker_runs_ahead_of_what_is_read_by_two_messages(fake):
    grid = made("ray", fake, 4, 2)
    numbers = list(grid.push_messages(messages(grid, "abcdefgh", pack({"a": np.ones(1)}))))
    first, second = numbers[0::2], numbers[1::2]  # nodes 0 and 2 live with one worker, 1 and 3 with the other
    assert fake.begun == numbers[:4]
    assert list(grid.pull_messages(numbers[4:])) == []
    assert [told(reply)[0] for reply in grid.pull_messages([first[0]])] == ["a"]
    assert fake.begun[4:] == [first[2]]
    assert [told(reply)[0] for reply in grid.pull_messages(second)] == ["b", "d", "f", "h"]
    assert fake.begun[5:] == second[2:]


def test_a_worker_that_gives_no_reply_is_an_error_reply(fake):
    grid = made("ray", fake, 1, 1)
    fake.failing = True
    (reply,) = grid.send_and_receive(messages(grid, "a", pack({"a": np.ones(1)})))
    assert reply.has_error() and reply.error.reason == "the worker is dead"
    assert reply.metadata.reply_to_message_id == fake.begun[0]


def test_a_grid_speaks_flowers_older_way_too(fake):
    grid = made("in_process", fake, 2, 1)
    content = RecordDict({"text": ConfigRecord({"text": "a"})})
    message = grid.create_message(content, "train", list(grid.get_node_ids())[1], "group")
    assert [told(reply) for reply in grid.send_and_receive([message])] == [("a", 1, 1)]
    other = in_process.InProcessGrid(1).run
    grid.set_run(other)
    assert grid.run is other
