"""Updates whose batches are known: gradients of a 30-64-16-4 network, wide for small batches."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from attacks.inversion.inverter import Observed, Strangers
from fedser.models import MLP
from fedser.models.parameters import gradients, parameters
from fedser.seeds import Stream
from fedser.updates.public import PublicParameters
from fedser.updates.update import Update

WIDTH, CLASSES = 30, ("neutral", "happy", "sad", "angry")


@dataclass(frozen=True)
class Case:
    """One update, and the batch it was computed from."""

    observed: Observed
    x: np.ndarray
    y: np.ndarray


def people(number: int, stream: Stream) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of deviation one in which class c has dimensions c, c + 4, ... higher, and classes."""
    generator = stream.numpy()
    y = generator.integers(0, len(CLASSES), number)
    x = generator.standard_normal((number, WIDTH)) + 1.0 * (np.arange(WIDTH) % len(CLASSES) == y[:, None])
    return x.astype(np.float32), y


@pytest.fixture(scope="session")
def strangers() -> Strangers:
    """Utterances of other people."""
    return Strangers(*people(300, Stream(8)("strangers")))


@pytest.fixture(scope="session")
def sent() -> Callable[..., Case]:
    """sent(utterances, dropout, number): an update of a client's batch; each number is another batch."""

    def send(utterances: int, dropout: float = 0.0, number: int = 0) -> Case:
        stream = Stream(9)(utterances, number)
        x, y = people(utterances, stream("batch"))
        model = MLP(hidden=(64, 16), dropout=(dropout, dropout))
        network = model.build(WIDTH, len(CLASSES), Stream(9)("init").torch())
        logits = network(torch.from_numpy(x), stream("masks").torch())
        torch.nn.functional.cross_entropy(logits, torch.from_numpy(y)).backward()
        arrays = parameters(network)
        public = PublicParameters(
            training="private-0",
            sends="gradient",
            model=model.model_dump(mode="json"),
            algorithm={"name": "fedsgd"},
            features=WIDTH,
            classes=CLASSES,
            rounds=1,
            parameters={name: array.shape for name, array in arrays.items()},
        )
        return Case(Observed(Update(1, "client-0000", utterances, gradients(network)), arrays, public), x, y)

    return send
