"""How far apart two trainings are in what they leave behind."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedser.updates.store import UpdateStore

Values = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Difference:
    """Absolute differences of two trainings: of all captured updates, of the last models, and of the losses."""

    updates: Values
    model: Values
    losses: Values


@pytest.fixture
def difference() -> Callable[..., Difference]:
    """Compare what two runs left in two folders: the same rounds, clients and scores, and numbers that are near."""

    def difference(expected: Any, found: Any, folder: Path, other: Path) -> Difference:
        assert expected.error is None and found.error is None
        scores, others = (_scores(left) for left in (expected, found))
        assert np.array_equal(scores[:, 1:], others[:, 1:], equal_nan=True)
        assert _who(folder) == _who(other)
        assert expected.state.best_round == found.state.best_round
        return Difference(
            np.abs(_updates(folder) - _updates(other)),
            np.abs(_flat(expected.state.model) - _flat(found.state.model)),
            np.abs(scores[:, 0] - others[:, 0]),
        )

    return difference


def _scores(left: Any) -> Values:
    """Loss and scores of each round."""
    return np.array([list(row.as_dict().values())[1:] for row in left.state.history])


def _who(folder: Path) -> list[Any]:
    return UpdateStore(folder / "updates").rows()


def _updates(folder: Path) -> Values:
    rounds = UpdateStore(folder / "updates").read()
    return np.concatenate([_flat(update.arrays) for seen in rounds for update in seen.updates])


def _flat(arrays: Any) -> Values:
    return np.concatenate([array.ravel().astype(np.float64) for array in arrays.values()])
