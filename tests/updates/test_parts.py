"""A round that came in parts reads as if it had come whole, however it was cut and in whatever order it was written."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from fedser.errors import CaptureError
from fedser.updates.shards import OPEN
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from fedser.updates.update import Round

ROUNDS = (1, 2)


def cut(whole: Round, places: Sequence[int]) -> list[Round]:
    """``whole`` in parts that begin at 0 and at ``places``."""
    runs = zip((0, *places), (*places, len(whole.updates)), strict=True)
    return [
        replace(whole, updates=whole.updates[start:end], part=part, parts=len(places) + 1)
        for part, (start, end) in enumerate(runs)
    ]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "public.json")


@st.composite
def cuts(draw):
    """The number of clients, and for each of the rounds where it is cut and in which order its parts are written."""
    clients = draw(st.integers(1, 12))
    places = [sorted(draw(st.sets(st.integers(1, clients), max_size=clients)) - {clients}) for _ in ROUNDS]
    return clients, [(cut, draw(st.permutations(range(len(cut) + 1)))) for cut in places]


@given(cuts(), st.sampled_from(["gradient", "parameters"]), st.sampled_from(["float32", "float16"]))
def test_content_does_not_depend_on_the_cut(tmp_path_factory, public, a_round, same, drawn, sends, precision):
    clients, plans = drawn
    folders = [tmp_path_factory.mktemp("store") for _ in range(2)]
    whole, parted = (StoreWriter(folder, public(sends), Capture(precision=precision)).begin() for folder in folders)
    for number, (places, order) in zip(ROUNDS, plans, strict=True):
        sent = a_round(number, clients)
        whole(sent)
        for place in order:
            parted(cut(sent, places)[place])
    one, other = map(UpdateStore, folders)
    assert other.rows() == one.rows() and other.rounds == one.rounds == ROUNDS and other.layers == one.layers
    for number, client in reversed([(row.round, row.client) for row in one.rows()]):
        assert same(other.arrays(number, client), one.arrays(number, client))
    for seen, (places, _) in zip(one.read(), plans, strict=True):
        assert same(other.broadcast(seen.number), seen.broadcast)
        parts = [part for part in other.read() if part.number == seen.number]
        assert [(part.part, part.parts) for part in parts] == [(n, len(places) + 1) for n in range(len(places) + 1)]
        for got, update in zip((u for part in parts for u in part.updates), seen.updates, strict=True):
            assert (got.round, got.client, got.examples) == (update.round, update.client, update.examples)
            assert same(got.arrays, update.arrays)


def test_each_part_is_a_file_and_the_model_is_in_the_first(tmp_path, public, a_round, same):
    writer = StoreWriter(tmp_path, public(), Capture()).begin()
    parts = cut(a_round(1, 12), range(1, 12))
    for part in reversed(parts):
        writer(part)
    assert files(tmp_path) == [f"round-000001.{n:02d}-of-12.safetensors" for n in range(1, 13)]
    assert same(UpdateStore(tmp_path).broadcast(1), parts[0].broadcast)
    shards = map(load_file, sorted(tmp_path.glob("round-*")))
    assert ["broadcast/dense1.weight" in arrays for arrays in shards] == [True] + [False] * 11


def test_a_round_is_there_when_all_its_parts_are(tmp_path, public, a_round):
    writer = StoreWriter(tmp_path, public(), Capture()).begin()
    writer(a_round(1))
    first, second, third = cut(a_round(2), (1, 2))
    writer(third)
    writer(first)
    store = UpdateStore(tmp_path)
    assert store.rounds == (1,) and [row.round for row in store.rows()] == [1, 1, 1]
    with pytest.raises(CaptureError) as refusal:
        store.arrays(2, "client-0000")
    assert str(refusal.value) == f"{tmp_path}: round 2 was not captured"
    writer(second)
    assert len(store.arrays(2, "client-0001")) == 4 and store.rounds == (1, 2)


@pytest.mark.parametrize("before", [(), (1,), (1, 2, 3)])
@pytest.mark.parametrize("after", [(), (2,), (1, 2, 3)])
@pytest.mark.parametrize("lost", [False, True])
def test_a_round_written_anew_leaves_nothing_of_another_cut(tmp_path, public, a_round, same, before, after, lost):
    writer = StoreWriter(tmp_path, public(), Capture()).begin()
    for part in cut(a_round(1, 4), before)[lost:]:
        writer(part)
    writer(a_round(11))
    for part in reversed(cut(a_round(1, 4), after)):
        writer(part)
    of = len(after) + 1
    places = [f".{n}-of-{of}" for n in range(1, of + 1)] if after else [""]
    assert files(tmp_path) == [*(f"round-000001{place}.safetensors" for place in places), "round-000011.safetensors"]
    store = UpdateStore(tmp_path)
    assert len(store.rows()) == 7
    for update in a_round(1, 4).updates:
        assert same(store.arrays(1, update.client), update.arrays)


def test_a_client_that_was_not_there_is_named(tmp_path, public, a_round):
    writer = StoreWriter(tmp_path, public(), Capture()).begin()
    for part in cut(a_round(1), (1,)):
        writer(part)
    for client in ("aaa", "client-0000b", "zzz"):
        with pytest.raises(CaptureError) as refusal:
            UpdateStore(tmp_path).arrays(1, client)
        assert str(refusal.value) == f"{tmp_path}: nothing of {client} was captured in round 1"


def test_only_so_many_files_are_open(tmp_path, public, a_round, same):
    writer, clients = StoreWriter(tmp_path, public(), Capture()).begin(), OPEN + 20
    for part in cut(a_round(1, clients), range(1, clients)):
        writer(part)
    store = UpdateStore(tmp_path)
    for update in a_round(1, clients).updates:
        assert same(store.arrays(1, update.client), update.arrays)
    mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if str(tmp_path) in line}
    assert 0 < len(mapped) <= OPEN
