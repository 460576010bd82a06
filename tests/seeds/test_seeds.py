"""Random streams: one for each seed and tuple of names, the same on every machine and in every version."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fedser.seeds import Name, Stream

names = st.lists(st.one_of(st.integers(), st.text(max_size=8)), max_size=4).map(tuple)
places = st.tuples(st.integers(), names)


@given(st.lists(places, min_size=2, max_size=20, unique_by=repr))
def test_distinct_places_never_share_a_stream(distinct: list[tuple[int, tuple[Name, ...]]]) -> None:
    assert len({Stream(seed, below).key() for seed, below in distinct}) == len(distinct)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab",), ("a", "b")),
        (("a", "b"), ("b", "a")),
        ((1,), ("1",)),
        ((1, 2), (12,)),
        (("1, 2",), (1, 2)),
        (('a", "b',), ("a", "b")),
        (("é",), ("e\u0301",)),
        ((), ("",)),
    ],
)
def test_names_that_look_alike_are_distinct(one: tuple[Name, ...], other: tuple[Name, ...]) -> None:
    assert Stream(7)(*one).key() != Stream(7)(*other).key()
    assert Stream(7)(*one).numpy().random() != Stream(7)(*other).numpy().random()


@given(places)
def test_a_stream_is_a_place_and_not_the_way_to_it(place: tuple[int, tuple[Name, ...]]) -> None:
    seed, below = place
    stream = Stream(seed)
    for name in below:
        stream = stream(name)
    assert stream == Stream(seed)(*below) == Stream(seed, below)


def test_each_generator_begins_at_the_beginning_whatever_was_drawn_before() -> None:
    stream = Stream(7)("private", 0)
    first = stream.numpy().random(3), torch.rand(3, generator=stream.torch())
    np.random.default_rng().random(5)
    stream("other").numpy().random(5)
    again = stream.numpy().random(3), torch.rand(3, generator=stream.torch())
    assert np.array_equal(first[0], again[0])
    assert torch.equal(first[1], again[1])


def test_no_global_generator_is_touched() -> None:
    before = torch.get_rng_state()
    torch.rand(3, generator=Stream(7)("a").torch())
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    ("below", "key", "numpy", "pytorch"),
    [
        ((), 166025953126602225148832123122291280593, 205632255333044988, 1879435473212236385),
        ((1,), 305925875430496591547714474049832731952, 3566352468706694942, 4331683315410204798),
        (
            ("private", 0, "batch", 3, "client-0001"),
            11628574532214841107896457893282792136,
            3240561845708179173,
            4197146398464919077,
        ),
    ],
)
def test_a_stream_draws_what_it_has_always_drawn(below: tuple[Name, ...], key: int, numpy: int, pytorch: int) -> None:
    """Golden values: a change here silently makes every published run another one."""
    stream = Stream(7)(*below)
    assert stream.key() == key
    assert stream.numpy().integers(2**62) == numpy
    assert torch.randint(2**62, (1,), generator=stream.torch()).item() == pytorch


@given(places)
def test_the_seed_for_other_libraries_has_63_bits(place: tuple[int, tuple[Name, ...]]) -> None:
    stream = Stream(*place)
    assert 0 <= stream.integer() < 2**63
    assert stream.torch().initial_seed() == stream.integer()


def test_a_name_is_text_or_an_integer() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        Stream(7)(np.int64(3)).key()  # type: ignore[arg-type]
