"""One client's data and a network to train on it."""

from collections.abc import Callable

import numpy as np
import pytest
from torch import nn

from fedser.algorithms.algorithm import ClientData
from fedser.models import MLP
from fedser.seeds import Stream
from fedser.tasks import Classification

FEATURES = 9


@pytest.fixture
def data() -> ClientData:
    """47 utterances: two full batches of 20 and one of 7."""
    rng = np.random.default_rng(1)
    return ClientData(rng.normal(size=(47, FEATURES)).astype(np.float32), rng.integers(0, 4, 47))


@pytest.fixture
def network() -> Callable[..., nn.Module]:
    """A fresh network, the same with each call; without dropout unless asked for."""

    def make(dropout: float = 0.0) -> nn.Module:
        model = MLP(hidden=(8, 6), dropout=(dropout, dropout))
        return Classification().network(model, FEATURES, Stream(5)("init"))

    return make
