"""What is read from a message is what was written into it, bit for bit, within this machine and beyond."""

import pickle

import numpy as np
import pytest
import torch
from flwr.app import Array as FlowerArray
from flwr.app import ArrayRecord, RecordDict

# Not public in flwr 1.41: what a SuperLink makes of a message's content, and the way back.
from flwr.common.serde import recorddict_from_proto, recorddict_to_proto
from flwr.supercore.inflatable.inflatable_object import get_all_nested_objects
from flwr.supercore.inflatable.inflatable_utils import inflate_object_from_contents
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fedser.algorithms.average import BlockSum
from fedser.defenses import Clip
from fedser.engine.cohort.compute import Compute
from fedser.engine.flower import answers, messages
from fedser.engine.flower.answers import Failure, Sums
from fedser.engine.flower.arrays import Array, pack, unpack
from fedser.engine.flower.messages import Job, Run, Work
from fedser.engine.parts import Reply
from fedser.errors import CaptureError, ClientError
from fedser.updates.update import Update

ARRAY = arrays.arrays(np.float32, (3, 2), elements=st.floats(width=32, allow_nan=True, allow_infinity=True))
SUMS = arrays.arrays(np.float64, (3, 2), elements=st.floats(allow_nan=False))
NAME = st.text("abcdef-0123456789/", min_size=1, max_size=12)
RUN = st.builds(Run, st.lists(NAME, min_size=1, max_size=3), *[st.integers(0, 10**6)] * 4)


def by_reference(content):
    return content


def pickled(content):
    buffers = []
    return pickle.loads(pickle.dumps(content, 5, buffer_callback=buffers.append), buffers=buffers)


def serialised(content):
    return recorddict_from_proto(recorddict_to_proto(content))


def inflated(content):
    parts = {number: part.deflate() for number, part in get_all_nested_objects(content).items()}
    return inflate_object_from_contents(content.object_id, parts)


WIRES = [by_reference, pickled, serialised, inflated]
WIRE = st.sampled_from(WIRES)


def same(one, other):
    return list(one) == list(other) and all(one[name].tobytes() == other[name].tobytes() for name in one)


@given(
    wire=WIRE,
    clients=st.lists(NAME, min_size=1, max_size=12, unique=True),
    number=st.integers(1, 10**6),
    data=st.data(),
)
def test_replies_come_back_one_by_one(wire, clients, number, data):
    replies = [
        Reply(
            Update(
                number, client, data.draw(st.integers(1, 999)), {"b.weight": data.draw(ARRAY), "a": data.draw(ARRAY)}
            ),
            data.draw(st.floats(allow_nan=False)),
        )
        for client in clients
    ]
    content = wire(answers.write_replies(replies))
    assert answers.read_failure(content) is None
    found = answers.read_replies(content)
    assert [(reply.loss, reply.update.round, reply.update.client, reply.update.examples) for reply in found] == [
        (reply.loss, number, reply.update.client, reply.update.examples) for reply in replies
    ]
    assert all(same(one.update.arrays, other.update.arrays) for one, other in zip(found, replies, strict=True))


@given(wire=WIRE, sent=st.lists(st.tuples(st.integers(0, 99), st.integers(1, 99), SUMS), min_size=1), loss=st.floats(0))
def test_sums_come_back_block_by_block(wire, sent, loss):
    blocks = tuple(BlockSum(block, n, {"b.weight": torch.from_numpy(a), "a": torch.ones(2)}) for block, n, a in sent)
    sums = Sums(tuple(range(1, 4)), (loss, 0.5, 1.5), blocks)
    found = answers.read_sums(wire(answers.write_sums(sums)))
    assert (found.examples, found.losses) == (sums.examples, sums.losses)
    assert [(block.block, block.examples) for block in found.blocks] == [
        (block.block, block.examples) for block in blocks
    ]
    for one, other in zip(found.blocks, blocks, strict=True):
        assert list(one.sums) == list(other.sums) and all(torch.equal(one.sums[k], other.sums[k]) for k in one.sums)


@given(wire=WIRE, broadcast=st.dictionaries(NAME, ARRAY, min_size=1, max_size=3), run=RUN, sums=st.booleans())
def test_work_comes_back(wire, broadcast, run, sums):
    found = messages.read_work(wire(messages.write_work("{}", 7, run, sums, pack(broadcast))))
    assert found == Work("{}", 7, run, sums, found.broadcast) and same(found.broadcast, broadcast)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(("capture", "kind"), [(False, ClientError), (True, CaptureError)])
def test_a_failure_keeps_its_kind_and_its_words(wire, capture, kind):
    failure = Failure("training a: näive\nsecond line", capture)
    found = answers.read_failure(wire(answers.write_failure(failure)))
    assert found == failure and type(found.error()) is kind and str(found.error()) == failure.text


def test_within_this_machine_no_array_is_copied():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert unpack(pack({"a": array}))["a"] is array
    buffers = []
    text = pickle.dumps(pack({"a": array}), 5, buffer_callback=buffers.append)
    assert len(buffers) == 1 and np.shares_memory(unpack(pickle.loads(text, buffers=buffers))["a"], array)


@pytest.mark.parametrize("shape", [(), (3,), (3, 4)])
def test_beyond_it_an_array_is_flowers_own(shape):
    array = np.random.default_rng(0).normal(size=shape)
    ours, theirs = Array(array), FlowerArray(array)
    assert (ours.dtype, ours.shape, ours.stype, ours.data) == (theirs.dtype, theirs.shape, theirs.stype, theirs.data)
    assert ours.object_id == theirs.object_id
    found = inflated(RecordDict({"a": pack({"x": array})}))["a"]["x"]
    assert type(found) is FlowerArray and found == theirs


def test_what_is_not_contiguous_is_sent_as_it_looks():
    array = np.arange(12, dtype=np.float32).reshape(3, 4).T
    assert np.array_equal(unpack(pack({"a": array}))["a"], array)
    assert np.array_equal(unpack(pickled(pack({"a": array})))["a"], array)


def test_arrays_of_flower_are_read_too():
    array = np.arange(3.0)
    assert np.array_equal(unpack(ArrayRecord({"a": FlowerArray(array)}))["a"], array)


def test_a_job_is_read_back_whole(world, training, tmp_path):
    made = training(world(defenses=(Clip(norm=float("inf")),), seed=2**62 + 1), tmp_path)
    job = Job(simulation=made.simulation, data=made.data, compute=Compute(memory=1.5), store=made.store)
    assert Job.model_validate_json(job.model_dump_json()) == job and made.store is not None


def test_a_job_holds_no_features(world):
    made = world()
    job = Job(simulation=made.simulation, data=made.data.absolute(), compute=Compute())
    assert len(job.model_dump_json()) < 3000
