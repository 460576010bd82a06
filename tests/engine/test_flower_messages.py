"""What is read from a message is what was written into it, bit for bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fedser.defenses import Clip
from fedser.engine.client import Reply
from fedser.engine.flower import messages
from fedser.engine.flower.messages import Failure, Job, Work
from fedser.updates.update import Update

ARRAY = arrays.arrays(np.float32, (3, 2), elements=st.floats(width=32, allow_nan=True, allow_infinity=True))
NAME = st.text("abcdef-0123456789", min_size=1, max_size=12)


def same(one, other):
    return list(one) == list(other) and all(one[name].tobytes() == other[name].tobytes() for name in one)


@given(
    clients=st.lists(NAME, min_size=1, max_size=4, unique=True),
    number=st.integers(1, 10**6),
    data=st.data(),
)
def test_replies_come_back_one_by_one(clients, number, data):
    replies = [
        Reply(
            Update(
                number, client, data.draw(st.integers(1, 999)), {"b.weight": data.draw(ARRAY), "a": data.draw(ARRAY)}
            ),
            data.draw(st.floats(allow_nan=False)),
        )
        for client in clients
    ]
    found = messages.read_replies(messages.write_replies(replies))
    assert [(reply.loss, reply.update.round, reply.update.client, reply.update.examples) for reply in found] == [
        (reply.loss, number, reply.update.client, reply.update.examples) for reply in replies
    ]
    assert all(same(one.update.arrays, other.update.arrays) for one, other in zip(found, replies, strict=True))


@given(broadcast=st.dictionaries(NAME, ARRAY, min_size=1, max_size=3), clients=st.lists(NAME, min_size=1, max_size=3))
def test_work_comes_back(broadcast, clients):
    found = messages.read_work(messages.write_work("{}", 7, clients, messages.pack(broadcast)))
    assert found == Work("{}", 7, clients, found.broadcast) and same(found.broadcast, broadcast)


def test_what_is_not_contiguous_is_sent_as_it_looks():
    array = np.arange(12, dtype=np.float32).reshape(3, 4).T
    assert np.array_equal(messages.unpack(messages.pack({"a": array}))["a"], array)


def test_a_failure_keeps_the_clients_words():
    failure = messages.read_replies(messages.write_failure(Failure("client-00001", "training a: näive\nsecond line")))
    assert failure == Failure("client-00001", "training a: näive\nsecond line")
    assert str(failure.error()) == failure.text


def test_a_job_is_read_back_whole(world):
    made = world(defenses=(Clip(norm=float("inf")),), seed=2**62 + 1)
    job = Job(simulation=made.simulation, data=made.data)
    assert Job.model_validate_json(job.model_dump_json()) == job


def test_a_job_holds_no_features_and_no_relative_path(world, monkeypatch):
    made = world()
    monkeypatch.chdir(made.data.features.parent)
    relative = made.data.model_copy(update={"features": made.data.features.relative_to(made.data.features.parent)})
    assert relative.absolute().features == made.data.features
    assert len(Job(simulation=made.simulation, data=made.data).model_dump_json()) < 3000
