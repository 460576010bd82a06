"""How far apart two trainings are in what they leave behind."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedser.algorithms.algorithm import Algorithm
from fedser.algorithms.optimizer import SGD, Adam
from fedser.updates.store import UpdateStore

Values = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Difference:
    """Absolute differences of two trainings: of all captured updates, the last models, and each round's loss, scores.

    NaN where one of them has a score and the other has none.
    """

    updates: Values
    model: Values
    losses: Values
    scores: Values


ADAM_QUANTILE, ADAM_STEPS = 0.999, 4
"""Adam divides each element of the gradient by its own size: where it nearly cancels the weight decay, what is left is
rounding, and a step of up to a learning rate is made of it. So few elements may differ by more than the tolerance, and
none by more than a few steps."""


@pytest.fixture
def assert_near() -> Callable[..., None]:
    """That updates, models and losses are within ``tolerance``; with Adam by quantiles, as above."""

    def assert_near(difference: Difference, algorithm: Algorithm, tolerance: float = 1e-6) -> None:
        optimizer, rate = algorithm.local_steps or (SGD(), 0.0)
        for values in (difference.updates, difference.model):
            if isinstance(optimizer, Adam):
                assert np.quantile(values, ADAM_QUANTILE) < tolerance and values.max() < ADAM_STEPS * rate
            else:
                assert values.max() < tolerance
        assert difference.losses.max() < tolerance

    return assert_near


@pytest.fixture
def difference() -> Callable[..., Difference]:
    """Compare what two runs left in two folders, of the same rounds and clients."""

    def difference(expected: Any, found: Any, folder: Path, other: Path) -> Difference:
        assert expected.error is None and found.error is None
        assert _who(folder) == _who(other)
        rows, others = (_rows(left) for left in (expected, found))
        apart = np.where(np.isnan(rows) & np.isnan(others), 0.0, np.abs(rows - others))
        return Difference(
            np.abs(_updates(folder) - _updates(other)),
            np.abs(_flat(expected.state.model) - _flat(found.state.model)),
            apart[:, 0],
            apart[:, 1:],
        )

    return difference


def _rows(left: Any) -> Values:
    """Loss and scores of each round."""
    return np.array([list(row.as_dict().values())[1:] for row in left.state.history])


def _who(folder: Path) -> list[Any]:
    return UpdateStore(folder / "updates").rows()


def _updates(folder: Path) -> Values:
    rounds = UpdateStore(folder / "updates").read()
    return np.concatenate([_flat(update.arrays) for seen in rounds for update in seen.updates])


def _flat(arrays: Any) -> Values:
    return np.concatenate([array.ravel().astype(np.float64) for array in arrays.values()])
