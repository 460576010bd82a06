"""Names in one array behave as the sorted list of them, and find what is there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import InputError
from fedser.partition.names import Names

WORD = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=6)
WORDS = st.sets(WORD, min_size=1, max_size=30)


@given(words=WORDS, other=WORD)
def test_they_are_the_sorted_list(words, other):
    names, expected = Names.of(words), sorted(words)
    assert list(names) == expected == [names[place] for place in range(len(names))] == names[:]
    assert names[-1] == expected[-1] and names[1:3] == expected[1:3]
    assert [names.place(word) for word in expected] == list(range(len(words)))
    assert (other in names) == (other in words)
    assert 7 not in names and "" not in names


@given(words=WORDS, data=st.data())
def test_some_of_them_are_as_if_made_anew(words, data):
    names = Names.of(words)
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words))))
    some = names.only(kept)
    assert list(some) == [name for name, keep in zip(names, kept, strict=True) if keep]
    assert some.encoded.dtype == Names.of(some).encoded.dtype


@pytest.mark.parametrize(("count", "last"), [(0, None), (1, "client-00000"), (100_000, "client-99999")])
def test_numbered_names_have_five_digits(count, last):
    names = Names.numbered(count)
    assert len(names) == count and (names[-1] if count else None) == last
    assert list(names) == [f"client-{number:05d}" for number in range(count)]


def test_numbered_names_widen_so_that_their_order_is_that_of_the_numbers():
    names = Names.numbered(100_001)
    assert [names[0], names[9], names[100_000]] == ["client-000000", "client-000009", "client-100000"]
    assert (names.encoded[1:] > names.encoded[:-1]).all()


def test_the_array_cannot_be_written_to():
    names = Names.of(["b", "a"])
    with pytest.raises(ValueError, match="read-only"):
        names.encoded[0] = b"c"


@pytest.mark.parametrize(("given", "shown"), [(["b", "a", "b"], "'b'"), (["", "x"], "''"), (["a\0", "a"], r"'a\x00'")])
def test_names_that_cannot_be_told_apart_are_refused(given, shown):
    with pytest.raises(InputError) as caught:
        Names.of(given)
    assert str(caught.value) == f"client names: {shown}: give different names that are not empty and without NUL"


def test_an_unknown_name_is_told_with_the_known_ones():
    with pytest.raises(InputError) as caught:
        Names.numbered(12).place("client-7")
    assert str(caught.value) == "no client 'client-7': there are 12 clients from client-00000 to client-00011"
    with pytest.raises(InputError, match=r"^no client 'a': there are no clients$"):
        Names.numbered(0).place("a")
