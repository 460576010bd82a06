"""The flat vector of parameters and the named arrays are two views of the same numbers."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fedser.models import MLP
from fedser.models.layout import Layout
from fedser.models.parameters import parameters
from fedser.seeds import Stream

SHAPES = st.lists(arrays.array_shapes(min_dims=1, max_dims=3, max_side=4), min_size=1, max_size=5)


def named(shapes, seed=0):
    rng = np.random.default_rng(seed)
    return {f"p{place}": rng.normal(size=shape).astype(np.float32) for place, shape in enumerate(shapes)}


def same(one, other):
    return list(one) == list(other) and all(np.array_equal(one[name], other[name]) for name in one)


@given(SHAPES)
def test_a_round_trip_changes_nothing(shapes):
    given_ = named(shapes)
    layout = Layout.of(given_)
    flat = layout.flat(given_)
    assert flat.dtype == torch.float32 and flat.shape == (layout.size,) == (sum(map(math.prod, shapes)),)
    assert same(layout.arrays(flat.numpy()), given_)
    assert same({name: view.numpy() for name, view in layout.views(flat).items()}, given_)
    written = np.zeros(layout.size, np.float32)
    layout.write(given_, written)
    assert np.array_equal(written, flat.numpy())


@given(SHAPES, st.integers(1, 3))
def test_a_stack_is_seen_as_stacked_parameters(shapes, clients):
    each = [named(shapes, seed) for seed in range(clients)]
    layout = Layout.of(each[0])
    views = layout.views(torch.stack([layout.flat(own) for own in each]))
    for place, own in enumerate(each):
        assert same({name: view[place].numpy() for name, view in views.items()}, own)


@given(SHAPES)
def test_views_share_the_memory_and_copies_do_not(shapes):
    given_ = named(shapes)
    layout = Layout.of(given_)
    flat = layout.flat(given_)
    for view in layout.views(flat).values():
        view += 1
    for array in layout.arrays(flat.numpy()).values():
        array += 1
    assert np.array_equal(flat.numpy(), layout.flat(given_).numpy() + 1 + 1)
    assert same(given_, named(shapes))


def test_the_models_order_decides_whatever_the_order_of_a_dictionary():
    given_ = named([(2, 3), (2,)])
    layout = Layout.of(given_)
    assert torch.equal(layout.flat(dict(reversed(given_.items()))), layout.flat(given_))
    assert list(layout.arrays(layout.flat(given_).numpy())) == ["p0", "p1"]


def test_the_papers_model():
    layout = Layout.of(parameters(MLP().build(988, 4, Stream(1).torch())))
    assert layout.size == 286_596 and next(iter(layout.shapes)) == "dense1.weight"


def test_a_missing_array_is_an_error():
    given_ = named([(2, 3), (2,)])
    with pytest.raises(KeyError, match="p1"):
        Layout.of(given_).flat({"p0": given_["p0"]})
