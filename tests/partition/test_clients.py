"""Clients cover each row once, keep to their speakers, and bear names that say nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fedser.errors import InputError
from fedser.partition import BySpeaker, PartitionConfig, Single
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
        clients = partitioner.divide(table(sizes), Stream(seed))
        assert sorted([*clients.train.rows, *clients.validation.rows]) == list(range(sum(sizes)))
        assert clients.checked() is clients and not clients.test.size

    @given(sizes=SIZES)
    def test_a_client_trains_on_int_of_its_share(self, partitioner, sizes):
        percent = round(100 * (1 - partitioner.validation))
        clients = partitioner.divide(table(sizes), STREAM)
        for train, validation in zip(clients.train.sizes, clients.validation.sizes, strict=True):
            assert train == max(1, percent * (train + validation) // 100)

    @given(sizes=SIZES)
    def test_names_are_numbers_without_a_gap(self, partitioner, sizes):
        clients = partitioner.divide(table(sizes), STREAM)
        assert list(clients.names) == [f"client-{number:05d}" for number in range(len(clients))]

    def test_the_stream_decides_everything(self, partitioner):
        utterances = table([20, 30, 25, 9])
        one, two = (partitioner.divide(utterances, Stream(seed)) for seed in (1, 1))
        assert one == two != partitioner.divide(utterances, Stream(2))

    def test_the_table_stays_as_it_is(self, partitioner):
        utterances = table([20, 30])
        partitioner.divide(utterances, STREAM)
        pd.testing.assert_frame_equal(utterances, table([20, 30]))

    def test_it_describes_itself_and_survives_json(self, partitioner):
        adapter = TypeAdapter(PartitionConfig)
        assert adapter.validate_json(adapter.dump_json(partitioner)) == partitioner
        assert partitioner.summary() and partitioner.source


@pytest.mark.parametrize("parts", [1, 2, 10])
@given(sizes=st.lists(st.integers(10, 40), min_size=1, max_size=5))
def test_a_speaker_has_its_number_of_clients_of_equal_size(parts, sizes):
    utterances = table(sizes)
    clients = BySpeaker(parts=parts).divide(utterances, STREAM)
    assert len(clients) == parts * len(sizes)
    held = {}
    for train, validation in zip(clients.train, clients.validation, strict=True):
        (speaker,) = set(utterances["speaker"].iloc[[*train, *validation]])
        held.setdefault(speaker, []).append(len(train) + len(validation))
    assert all(max(numbers) - min(numbers) <= 1 for numbers in held.values())


def test_names_do_not_follow_the_speakers():
    utterances = table([12] * 30)
    clients = BySpeaker().divide(utterances, STREAM)
    speakers = [int(utterances["speaker"].iloc[rows[0]][1:]) for rows in clients.train]
    assert abs(np.corrcoef(speakers, range(30))[0, 1]) < 0.5


def test_rows_are_drawn_and_not_in_the_order_of_the_corpus():
    (train,) = Single().divide(table([100]), STREAM).train
    assert train.tolist() != sorted(train) and max(train) > 90


@pytest.mark.parametrize(("rows", "train"), [(5, 4), (10, 8), (15, 12), (14, 11), (1, 1), (42, 33), (1000, 800)])
def test_four_fifths_train(rows, train):
    held = Single().divide(table([rows]), STREAM)
    assert (held.train.sizes.tolist(), held.validation.sizes.tolist()) == ([train], [rows - train])


def test_a_split_finer_than_the_utterances_names_the_speakers():
    with pytest.raises(InputError) as caught:
        BySpeaker(parts=10).divide(table([10, 9, 12, 3]), STREAM)
    assert str(caught.value) == (
        "partition.parts: 10 clients per speaker, but these speakers have fewer utterances: s1, s3"
    )
    with pytest.raises(InputError, match=r": s0, s1, .* and 2 more$"):
        BySpeaker(parts=10).divide(table([9] * 12), STREAM)


def test_parts_by_corpus_split_its_speakers_alone():
    frame = pd.concat([table([20, 12]), table([9, 7]).replace({"s0": "t0", "s1": "t1"}).assign(corpus="d")])
    frame = frame.reset_index(drop=True)
    groups = BySpeaker(parts={"c": 3}).groups(frame, STREAM)
    assert [len(rows) for rows in groups] == [7, 7, 6, 4, 4, 4, 9, 7]
    same = BySpeaker(parts={"c": 3, "d": 3}).groups(frame, STREAM)
    every = BySpeaker(parts=3).groups(frame, STREAM)
    assert all(np.array_equal(one, other) for one, other in zip(same, every, strict=True))
    with pytest.raises(InputError, match=r"^partition.parts: 8 clients per speaker, but .* utterances: t1$"):
        BySpeaker(parts={"d": 8}).groups(frame, STREAM)
