"""Runs in two arrays behave as a list of lists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.partition.ragged import Ragged

RUNS = st.lists(st.lists(st.integers(0, 99), max_size=5), max_size=8)


def lists(ragged):
    return [run.tolist() for run in ragged]


@given(runs=RUNS)
def test_it_is_the_list_of_lists(runs):
    ragged = Ragged.of(runs)
    assert lists(ragged) == runs == [ragged.run(place).tolist() for place in range(len(ragged))]
    assert ragged.sizes.tolist() == [len(run) for run in runs]
    assert ragged.owners.tolist() == [owner for owner, run in enumerate(runs) for _ in run]
    assert ragged.rows.dtype == ragged.offsets.dtype == np.int64
    assert lists(Ragged.cut(ragged.rows, ragged.sizes)) == runs


@given(runs=RUNS, data=st.data())
def test_rows_and_runs_are_left_out(runs, data):
    ragged = Ragged.of(runs)
    even = ragged.where(ragged.rows % 2 == 0)
    assert lists(even) == [[row for row in run if row % 2 == 0] for run in runs]
    kept = data.draw(st.lists(st.booleans(), min_size=len(runs), max_size=len(runs)))
    assert lists(ragged.only(np.array(kept, dtype=bool))) == [r for r, keep in zip(runs, kept, strict=True) if keep]


def test_a_run_is_a_view_that_cannot_be_written_to():
    rows = np.arange(4)
    ragged = Ragged.cut(rows, np.array([1, 3]))
    assert np.shares_memory(ragged.run(1), rows)
    with pytest.raises(ValueError, match="read-only"):
        ragged.run(1)[0] = 9
    rows[0] = 9  # the caller's own array stays as it was
