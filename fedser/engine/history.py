"""What a training leaves behind besides its updates: one row per round, and the selected model."""

from dataclasses import asdict, dataclass
from typing import Any

from fedser.updates.update import Arrays


@dataclass(frozen=True)
class HistoryRow:
    """One round: the sampled clients' mean training loss (weighted by n_k) and the scores after the server's step."""

    round: int
    train_loss: float
    validation_accuracy: float
    validation_uar: float
    test_accuracy: float
    test_uar: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a table."""
        return asdict(self)


@dataclass(frozen=True)
class State:
    """Where a training stands after ``round`` rounds; ``best`` is the selected model so far."""

    round: int
    model: Arrays
    best: Arrays
    best_round: int
    best_score: float
    history: tuple[HistoryRow, ...]

    @property
    def selected(self) -> HistoryRow:
        """The history row of the selected round."""
        return self.history[self.best_round - 1]
