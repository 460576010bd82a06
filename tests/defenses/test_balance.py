"""Balanced batches: as many of each value, as planned in number and size, and all rows before any comes again."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.defenses import Balance
from fedser.seeds import Stream

STREAM = Stream(7)("batches")
NONE = np.empty(0, np.int64)


def planned(sizes):
    return tuple(np.arange(size) for size in sizes)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_batches_are_even_and_of_the_planned_sizes(labels, sizes):
    y = np.array(labels)
    batches = Balance().on_batches(planned(sizes), y, NONE, STREAM)
    assert [len(batch) for batch in batches] == sizes
    if len(set(labels)) > 1:
        for batch in batches:
            counts = np.bincount(y[batch], minlength=4)[np.unique(y)]
            assert counts.max() - counts.min() <= 1


def test_rows_of_a_value_all_come_before_any_comes_again():
    y = np.array([0, 0, 0, 1])
    drawn = np.concatenate(Balance().on_batches(planned([4, 4, 4]), y, NONE, STREAM))
    assert Counter(drawn.tolist()) == {0: 2, 1: 2, 2: 2, 3: 6}


def test_what_is_over_is_the_streams():
    y = np.array([0, 0, 1, 1, 1])
    one, again, other = (
        Balance().on_batches(planned([3, 3]), y, NONE, stream) for stream in (STREAM, STREAM, Stream(8))
    )
    assert all(map(np.array_equal, one, again)) and not all(map(np.array_equal, one, other))


def test_over_the_attribute_labels_do_not_matter():
    attributes = np.array([0, 1, 1, 1, 1, 1])
    (batch,) = Balance(over="attribute").on_batches(planned([6]), np.arange(6), attributes, STREAM)
    assert attributes[batch].sum() == 3


@pytest.mark.parametrize("over", ["emotion", "attribute"])
def test_of_one_value_alone_batches_are_as_planned(over):
    batches = planned([3, 2])
    assert Balance(over=over).on_batches(batches, np.zeros(3, np.int64), np.ones(3, np.int64), STREAM) is batches


def test_only_over_the_attribute_clients_know_it():
    assert Balance(over="attribute").needs_attributes and not Balance().needs_attributes
