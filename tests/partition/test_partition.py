"""A partition is the mapping it was made of, on disk too, and refuses what gives a row to two."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import InputError
from fedser.partition.names import Names
from fedser.partition.partition import ClientRows, Partition
from fedser.partition.ragged import Ragged
from fedser.partition.stored import load_partition, save_partition

CLIENTS = {"b": ClientRows([4, 1], [0]), "a": ClientRows([2]), "c": ClientRows([7, 3], [6])}


@st.composite
def mappings(draw):
    """Clients with shuffled rows, and test rows, of a matrix of 40 rows; some rows are nobody's."""
    rows, clients = iter(draw(st.permutations(range(40)))), {}
    for name in draw(st.sets(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=6)):
        counts = draw(st.tuples(st.integers(1, 3), st.integers(0, 2)))
        clients[name] = ClientRows(*([next(rows) for _ in range(count)] for count in counts))
    return clients, [next(rows) for _ in range(draw(st.integers(0, 5)))]


def as_mapping(partition):
    held = zip(partition.names, partition.train, partition.validation, strict=True)
    return {name: ClientRows(train.tolist(), validation.tolist()) for name, train, validation in held}


@given(given=mappings())
def test_it_is_the_mapping_it_was_made_of(given):
    clients, test = given
    partition = Partition.of(clients, test)
    assert as_mapping(partition) == clients and partition.test.tolist() == test
    assert list(partition.names) == sorted(clients) and len(partition) == len(clients)
    for name, rows in clients.items():
        assert partition.train_rows(name).tolist() == rows.train
        assert partition.validation_rows(name).tolist() == rows.validation
    assert partition.extent == 1 + max(test + [row for rows in clients.values() for part in rows for row in part])


@given(given=mappings(), data=st.data())
def test_holding_out_leaves_each_client_its_other_rows(given, data):
    held = np.array(data.draw(st.lists(st.booleans(), min_size=40, max_size=40)))
    left = {n: ClientRows(*([r for r in part if not held[r]] for part in rows)) for n, rows in given[0].items()}
    partition = Partition.of(*given).hold_out(held)
    assert as_mapping(partition) == {name: rows for name, rows in left.items() if rows.train}
    assert partition.test.tolist() == np.flatnonzero(held).tolist()


def test_only_the_training_rows_are_left():
    assert as_mapping(Partition.of(CLIENTS, [5]).training_only()) == {
        name: ClientRows(rows.train, []) for name, rows in CLIENTS.items()
    }


@given(given=mappings())
def test_it_is_read_back_as_it_was_saved(given, tmp_path_factory):
    path, partition = tmp_path_factory.mktemp("saved") / "p.safetensors", Partition.of(*given)
    save_partition(path, partition)
    loaded = load_partition(path, 40)
    assert loaded == partition and hash(loaded) == hash(partition) and loaded.digest() == partition.digest()
    assert as_mapping(loaded) == given[0] and loaded.checked() is loaded
    again = path.with_name("again.safetensors")
    save_partition(again, loaded)
    assert again.read_bytes() == path.read_bytes()


CHANGED = {
    "a row": (CLIENTS | {"a": ClientRows([9])}, [5]),
    "the order of rows": (CLIENTS | {"b": ClientRows([1, 4], [0])}, [5]),
    "a name": ({"aa" if name == "a" else name: rows for name, rows in CLIENTS.items()}, [5]),
    "what trains": (CLIENTS | {"b": ClientRows([4], [1, 0])}, [5]),
    "whose": (CLIENTS | {"b": ClientRows([4], [0]), "a": ClientRows([1, 2])}, [5]),
    "the test": (CLIENTS, [8]),
}


@pytest.mark.parametrize(("clients", "test"), CHANGED.values(), ids=CHANGED)
def test_equal_is_of_equal_content(clients, test):
    partition, changed = Partition.of(CLIENTS, [5]), Partition.of(clients, test)
    assert partition == Partition.of(dict(reversed(CLIENTS.items())), [5]) != changed
    assert partition.digest() != changed.digest() and partition != "another kind"


def test_equal_clients_are_equal_whatever_names_were_left_out():
    held = np.arange(10) == 5
    long = Partition.of(CLIENTS | {"a long name": ClientRows([5])}).hold_out(held)
    assert long == Partition.of(CLIENTS, [5]) and long.digest() == Partition.of(CLIENTS, [5]).digest()


MISTAKES = [
    ({}, (), "partition: a partition without clients"),
    ({"a": ((), (1,)), "b": ((), ())}, (), "partition: clients without training rows: a, b"),
    ({"a": ((1, 2), (3,)), "b": ((3,), ())}, (), "partition: a row is given to more than one client, or twice"),
    ({"a": ((1, 2), (3,))}, (2,), "partition: a row is given to more than one client, or twice"),
    ({"a": ((1, 1), ())}, (), "partition: a row is given to more than one client, or twice"),
    ({"a": ((1, 2), ())}, (3, 3), "partition: a row is given to more than one client, or twice"),
    ({"a": ((1, -2), ())}, (), "partition: row -2: rows count from 0"),
    ({"a": ((), (1,)), "b": ((1,), ())}, (), "clients without training rows: a\npartition: a row is given to more"),
]


@pytest.mark.parametrize(("clients", "test", "text"), MISTAKES)
def test_a_partition_that_is_none_is_refused(clients, test, text):
    with pytest.raises(InputError) as caught:
        Partition.of({name: ClientRows(*rows) for name, rows in clients.items()}, test)
    assert text in str(caught.value)


def test_a_partition_that_is_none_is_not_saved(tmp_path):
    twice = Partition(Names.numbered(2), Ragged.of([[1], [1]]), Ragged.of([[], []]), np.empty(0, np.int64))
    with pytest.raises(InputError, match="a row is given to more than one client, or twice"):
        save_partition(tmp_path / "p.safetensors", twice)
    assert not list(tmp_path.iterdir())


def test_an_unknown_client_is_refused():
    for rows_of in (Partition.of(CLIENTS).train_rows, Partition.of(CLIENTS).validation_rows):
        with pytest.raises(InputError, match=r"^no client 'd': there are 3 clients from a to c$"):
            rows_of("d")


def test_a_partition_of_a_longer_matrix_is_refused(tmp_path):
    save_partition(tmp_path / "p", Partition.of(CLIENTS))
    with pytest.raises(InputError) as caught:
        load_partition(tmp_path / "p", 7)
    assert str(caught.value) == f"{tmp_path / 'p'}: row 7 is given to a client, but there are 7 rows"
