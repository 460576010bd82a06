"""The layer that attacks on inputs read is the first, which must be dense."""

import numpy as np
import pytest
import torch

from attacks.reduced_matrix import first_dense
from fedser.errors import ConfigError
from fedser.updates.public import PublicParameters
from fedser.updates.reductions import MeanInput, Pooled
from fedser.updates.update import Update


def test_it_is_that_of_the_first_layer(world):
    assert first_dense(world.private.public.parameters, "logistic") == "dense1"


def test_a_first_layer_that_is_not_dense_is_refused():
    with pytest.raises(ConfigError) as refusal:
        first_dense({"norm.weight": (8,), "norm.bias": (8,)}, "logistic")
    assert str(refusal.value) == (
        "attack logistic: the first layer, norm, has weight [8] and bias [8];"
        " it reads a dense layer with a bias, weight [out, in] and bias [out]"
    )


def test_a_convolution_is_a_dense_layer_of_patches():
    """Of one map 2 x 2 and one filter 2 x 1, the patches are its columns; the weight's gradient is a sum over them."""
    shapes = {"conv.weight": (3, 1, 2, 1), "conv.bias": (3,)}
    assert first_dense(shapes, "logistic") == "conv"
    reduction = MeanInput(layer="conv")
    assert reduction.shapes(shapes) == {"mean": (2,)}
    network, maps = torch.nn.Conv2d(1, 3, (2, 1)), torch.tensor([[[[1.0, 3.0], [2.0, 6.0]]]])
    network(maps).sum().backward()  # every output's error is one, at both columns
    sent = {f"conv.{name}": each.grad.numpy() for name, each in network.named_parameters()}
    public = PublicParameters(
        training="t",
        sends="gradient",
        model={},
        algorithm={},
        features=2,
        classes=("a", "b"),
        rounds=1,
        parameters=shapes,
    )
    assert reduction(Update(1, "c", 1, sent), {}, public)["mean"].tolist() == [2.0, 4.0], "the mean column"
    largest = Pooled(layer="conv")(Update(1, "c", 1, sent), {}, public)["largest"]
    assert np.allclose(largest, np.array([1, 2]) / np.sqrt(5))
