"""Smaller steps where a client's own validation loss no longer falls, and an end (Yousefi and Emmanouilidou 2021,
section IV): the learning rate is multiplied by ``factor`` after ``patience`` epochs in a row without a gain, and after
so many ``decays`` the next such run of epochs is the last.
"""

from collections.abc import Sequence

from pydantic import Field

from fedser.config import Frozen


class Plateau(Frozen):
    """A client watches the loss of its own validation utterances after each local epoch."""

    patience: int = Field(2, ge=1, description="epochs in a row without a gain, until the learning rate falls")
    gain: float = Field(0.001, ge=0, description="what the lowest loss must have fallen by, to count")
    factor: float = Field(0.7, gt=0, lt=1, description="by which the learning rate is multiplied")
    decays: int = Field(4, ge=0, description="how often, before a client stops")

    def scale(self, losses: Sequence[float]) -> float | None:
        """By what the learning rate is multiplied after epochs of these validation losses; None: no further epoch."""
        best, waited, fallen = float("inf"), 0, 0
        for loss in losses:
            best, waited = (loss, 0) if loss < best - self.gain else (best, waited + 1)
            if waited == self.patience:
                waited, fallen = 0, fallen + 1
        return None if fallen > self.decays else self.factor**fallen
