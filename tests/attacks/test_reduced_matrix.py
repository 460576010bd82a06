"""The layer that attacks on inputs read is the first, which must be dense."""

import pytest

from attacks.reduced_matrix import first_dense
from fedser.errors import ConfigError


def test_it_is_that_of_the_first_layer(world):
    assert first_dense(world.private.public.parameters, "logistic") == "dense1"


def test_a_first_layer_that_is_not_dense_is_refused():
    with pytest.raises(ConfigError) as refusal:
        first_dense({"conv.weight": (8, 1, 5, 5), "conv.bias": (8,)}, "logistic")
    assert str(refusal.value) == (
        "attack logistic: the first layer, conv, has weight [8, 1, 5, 5] and bias [8];"
        " it reads a dense layer with a bias, weight [out, in] and bias [out]"
    )
