"""The mean input that an attack reads is that of the first layer, which must be dense."""

import pytest

from attacks.mean_input import first_mean_input
from fedser.errors import ConfigError
from fedser.updates.reductions import MeanInput


def test_it_is_that_of_the_first_layer(world):
    assert first_mean_input(world.private.public.parameters, "logistic") == MeanInput(layer="dense1")


def test_a_first_layer_that_is_not_dense_is_refused():
    with pytest.raises(ConfigError) as refusal:
        first_mean_input({"conv.weight": (8, 1, 5, 5), "conv.bias": (8,)}, "logistic")
    assert str(refusal.value) == (
        "attack logistic: the first layer, conv, has weight [8, 1, 5, 5] and bias [8];"
        " it reads a dense layer with a bias, weight [out, in] and bias [out]"
    )
