"""Clients cover each row once, keep to their speakers, and bear names that say nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fedser.errors import InputError
from fedser.partition import BySpeaker, PartitionConfig, Single
from fedser.partition.partition import ClientRows, Partition
from fedser.seeds import Stream
from simulations.families import members

PARTITIONERS = [BySpeaker(), BySpeaker(parts=3), BySpeaker(validation=0.0), Single(), Single(validation=0.8)]
STREAM = Stream(6)("partition")


def table(sizes, seed=0):
    """Utterances of speakers s0, s1, ... in mixed order, with an index that is not 0, 1, ..."""
    speakers = np.repeat([f"s{number}" for number in range(len(sizes))], sizes)
    np.random.default_rng(seed).shuffle(speakers)
    return pd.DataFrame({"speaker": speakers, "corpus": "c"}, index=range(1000, 1000 + len(speakers)))


SIZES = st.lists(st.integers(3, 30), min_size=1, max_size=8)


def test_every_partitioner_is_examined():
    assert {type(partitioner) for partitioner in PARTITIONERS} == set(members(PartitionConfig))


@pytest.mark.parametrize("partitioner", PARTITIONERS, ids=repr)
class TestEveryPartitioner:
    @given(sizes=SIZES, seed=st.integers(0, 9))
    def test_each_row_belongs_to_one_client_once(self, partitioner, sizes, seed):
        clients = partitioner.clients(table(sizes), Stream(seed))
        rows = [row for held in clients.values() for row in (*held.train, *held.validation)]
        assert sorted(rows) == list(range(sum(sizes)))
        Partition(clients=clients, test=())

    @given(sizes=SIZES)
    def test_a_client_trains_on_int_of_its_share(self, partitioner, sizes):
        percent = round(100 * (1 - partitioner.validation))
        for held in partitioner.clients(table(sizes), STREAM).values():
            number = len(held.train) + len(held.validation)
            assert len(held.train) == max(1, percent * number // 100)

    @given(sizes=SIZES)
    def test_names_are_numbers_without_a_gap(self, partitioner, sizes):
        clients = partitioner.clients(table(sizes), STREAM)
        assert list(clients) == [f"client-{number:05d}" for number in range(len(clients))]

    def test_the_stream_decides_everything(self, partitioner):
        utterances = table([20, 30, 25, 9])
        one, two = (partitioner.clients(utterances, Stream(seed)) for seed in (1, 1))
        assert one == two != partitioner.clients(utterances, Stream(2))

    def test_the_table_stays_as_it_is(self, partitioner):
        utterances = table([20, 30])
        partitioner.clients(utterances, STREAM)
        pd.testing.assert_frame_equal(utterances, table([20, 30]))

    def test_it_describes_itself_and_survives_json(self, partitioner):
        adapter = TypeAdapter(PartitionConfig)
        assert adapter.validate_json(adapter.dump_json(partitioner)) == partitioner
        assert partitioner.summary() and partitioner.source


@pytest.mark.parametrize("parts", [1, 2, 10])
@given(sizes=st.lists(st.integers(10, 40), min_size=1, max_size=5))
def test_a_speaker_has_its_number_of_clients_of_equal_size(parts, sizes):
    utterances = table(sizes)
    clients = BySpeaker(parts=parts).clients(utterances, STREAM)
    assert len(clients) == parts * len(sizes)
    held = {}
    for rows in clients.values():
        (speaker,) = set(utterances["speaker"].iloc[[*rows.train, *rows.validation]])
        held.setdefault(speaker, []).append(len(rows.train) + len(rows.validation))
    assert all(max(numbers) - min(numbers) <= 1 for numbers in held.values())


def test_names_do_not_follow_the_speakers():
    utterances = table([12] * 30)
    speakers = [
        int(utterances["speaker"].iloc[c.train[0]][1:]) for c in BySpeaker().clients(utterances, STREAM).values()
    ]
    assert abs(np.corrcoef(speakers, range(30))[0, 1]) < 0.5


def test_rows_are_drawn_and_not_in_the_order_of_the_corpus():
    (held,) = Single().clients(table([100]), STREAM).values()
    assert list(held.train) != sorted(held.train) and max(held.train) > 90


@pytest.mark.parametrize(("rows", "train"), [(5, 4), (10, 8), (15, 12), (14, 11), (1, 1), (42, 33), (1000, 800)])
def test_four_fifths_train(rows, train):
    (held,) = Single().clients(table([rows]), STREAM).values()
    assert (len(held.train), len(held.validation)) == (train, rows - train)


def test_a_split_finer_than_the_utterances_names_the_speakers():
    with pytest.raises(InputError) as caught:
        BySpeaker(parts=10).clients(table([10, 9, 12, 3]), STREAM)
    assert str(caught.value) == (
        "partition.parts: 10 clients per speaker, but these speakers have fewer utterances: s1, s3"
    )
    with pytest.raises(InputError, match=r": s0, s1, .* and 2 more$"):
        BySpeaker(parts=10).clients(table([9] * 12), STREAM)


@pytest.mark.parametrize(
    ("clients", "test", "text"),
    [
        ({}, (), "a partition without clients"),
        ({"a": ((), (1,))}, (), "clients without training rows: a"),
        ({"a": ((1, 2), (3,)), "b": ((3,), ())}, (), "a row is given to more than one client, or twice"),
        ({"a": ((1, 2), (3,))}, (2,), "a row is given to more than one client, or twice"),
        ({"a": ((1, 1), ())}, (), "a row is given to more than one client, or twice"),
    ],
)
def test_a_partition_that_is_none_is_refused(clients, test, text):
    with pytest.raises(ValidationError) as caught:
        Partition(clients={k: ClientRows(train=t, validation=v) for k, (t, v) in clients.items()}, test=test)
    assert text in str(caught.value)
