"""Rounds of updates of a small model, drawn from their number, and stores of them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fedser.updates.public import PublicParameters
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from fedser.updates.update import Arrays, Round, Update

SHAPES = {"dense1.weight": (3, 5), "dense1.bias": (3,), "dense2.weight": (2, 3), "dense2.bias": (2,)}


def public_of(sends: str = "gradient") -> PublicParameters:
    return PublicParameters(
        training="private-0",
        sends=sends,
        model={"name": "mlp"},
        algorithm={"name": "fedsgd", "learning_rate": 0.1, "batch_size": 4, "epochs": 1},
        features=5,
        classes=("happy", "sad"),
        rounds=4,
        parameters=SHAPES,
    )


def drawn(seed: int, scale: float = 1.0) -> Arrays:
    generator = np.random.default_rng(seed)
    return {name: (scale * generator.standard_normal(shape)).astype(np.float32) for name, shape in SHAPES.items()}


def round_of(number: int, clients: int = 3) -> Round:
    model = drawn(number)
    updates = (
        Update(number, f"client-{c:04d}", 10 + c, {k: model[k] + v for k, v in drawn(100 * number + c, 1e-3).items()})
        for c in range(clients)
    )
    return Round(number, model, tuple(updates))


@pytest.fixture(scope="session")
def public() -> Callable[..., PublicParameters]:
    """public(sends): the public parameters of a training of two dense layers, 5-3-2."""
    return public_of


@pytest.fixture(scope="session")
def a_round() -> Callable[..., Round]:
    """a_round(number, clients): a round of small steps from a model."""
    return round_of


@pytest.fixture(scope="session")
def written() -> Callable[..., UpdateStore]:
    """written(folder, capture, sends, rounds): a store of the first rounds."""

    def write(folder: Path, capture: Capture | None = None, sends: str = "gradient", rounds: int = 3) -> UpdateStore:
        writer = StoreWriter(folder, public_of(sends), capture or Capture()).begin()
        for number in range(1, rounds + 1):
            writer(round_of(number))
        return UpdateStore(folder)

    return write


@pytest.fixture(scope="session")
def same() -> Callable[[Arrays, Arrays], bool]:
    """Whether two sets of float32 arrays are the same, in order and bit for bit."""

    def compare(one: Arrays, other: Arrays) -> bool:
        return list(one) == list(other) and all((one[k] == other[k]).all() and one[k].dtype == np.float32 for k in one)

    return compare
