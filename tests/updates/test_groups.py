"""Stores of updates of groups of clients: each client has a row, and reads its group's update."""

from pathlib import Path

import pytest

from attacks.update_set import UpdateSet
from fedser.errors import CaptureError, ConfigError
from fedser.updates.exchange import export_store, import_store
from fedser.updates.reductions import MeanInput
from fedser.updates.store import Capture, Row, StoreWriter, UpdateStore
from fedser.updates.update import Round, Update

MEMBERS = {"group-00000": ("client-0001", "client-0004"), "group-00001": ("client-0002", "client-0003", "client-0005")}
OWN = {member: group for group, members in MEMBERS.items() for member in members}


def grouped(a_round, number):
    """The first updates of a drawn round, as if sent by two groups."""
    drawn = a_round(number)
    updates = (
        Update(number, group, examples, update.arrays, MEMBERS[group])
        for group, examples, update in zip(MEMBERS, (21, 30), drawn.updates, strict=False)
    )
    return Round(number, drawn.broadcast, tuple(updates))


@pytest.fixture
def store(tmp_path: Path, public, a_round) -> UpdateStore:
    writer = StoreWriter(tmp_path / "store", public(), Capture()).begin()
    for number in (1, 2):
        writer(grouped(a_round, number))
    return UpdateStore(tmp_path / "store")


def test_every_member_has_a_row_with_its_groups_mean_examples(store) -> None:
    assert store.grouped
    expected = [Row("private-0", n, one, 10) for n in (1, 2) for one in sorted(OWN)]  # 21 / 2 and 30 / 3
    assert store.rows() == expected


def test_every_member_reads_the_update_of_its_group(store, a_round, same) -> None:
    for row in store.rows():
        sent = {update.client: update for update in grouped(a_round, row.round).updates}[OWN[row.client]]
        assert same(store.arrays(row.round, row.client), sent.arrays)
    with pytest.raises(CaptureError, match="nothing of group-00000 was captured in round 1"):
        store.arrays(1, "group-00000")


def test_what_is_made_of_a_groups_update_is_its_members(store, public) -> None:
    reduction = MeanInput(layer="dense1")
    made = [array["mean"] for array in UpdateSet.of([store]).reductions(reduction)]
    broadcast, expected = store.broadcast(1), {}
    for update in next(store.read({1})).updates:
        expected[update.client] = reduction(update, broadcast, public())["mean"]
    first = made[: len(OWN)]
    assert [array.tolist() for array in first] == [expected[OWN[one]].tolist() for one in sorted(OWN)]


def test_reductions_captured_in_place_of_updates_are_the_same(store, public, a_round, tmp_path) -> None:
    reduction = MeanInput(layer="dense1")
    writer = StoreWriter(tmp_path / "small", public(), Capture(store="reductions"), (reduction,)).begin()
    writer(grouped(a_round, 1))
    small = UpdateStore(tmp_path / "small")
    assert small.rows() == store.rows()[: len(OWN)]
    for row in small.rows():
        one, other = (s.reduced(1, row.client, reduction)["mean"] for s in (small, store))
        assert one.tobytes() == other.tobytes()


def test_rounds_in_parts_are_found_by_member(public, a_round, tmp_path) -> None:
    """Parts are of runs of the sorted clients."""
    writer, drawn = StoreWriter(tmp_path / "parts", public(), Capture()).begin(), a_round(1)
    runs = [("client-0001", "client-0003"), ("client-0002", "client-0004")], [("client-0005", "client-0006")]
    number = 0
    for part, groups in enumerate(runs):
        updates = []
        for members in groups:
            updates.append(Update(1, f"group-{number:05d}", 4, drawn.updates[number].arrays, members))
            number += 1
        writer(Round(1, drawn.broadcast, tuple(updates), part, 2))
    store = UpdateStore(tmp_path / "parts")
    for client, place in {"client-0002": 1, "client-0003": 0, "client-0005": 2, "client-0006": 2}.items():
        assert (store.arrays(1, client)["dense1.bias"] == drawn.updates[place].arrays["dense1.bias"]).all()


def test_members_are_exported_and_imported(store, tmp_path) -> None:
    assert export_store(store, tmp_path / "out", "npz") == len(store.rows())
    back = import_store(tmp_path / "out", tmp_path / "back")
    assert back.rows() == store.rows() and back.grouped
    name = "round-000002.safetensors"
    assert (back.folder / name).read_bytes() == (store.folder / name).read_bytes()


def test_breaching_takes_one_clients_update(store, tmp_path) -> None:
    with pytest.raises(ConfigError) as caught:
        export_store(store, tmp_path / "out", "breaching")
    assert str(caught.value) == (
        "--format breaching: its attacks take one client's update, and private-0 holds those of groups of clients"
        " (choose --format npz)"
    )
    assert not (tmp_path / "out").exists()


def test_without_groups_a_file_says_nothing_of_them(written, tmp_path) -> None:
    plain = written(tmp_path / "plain")
    assert not plain.grouped and b"members" not in (plain.folder / "round-000001.safetensors").read_bytes()
