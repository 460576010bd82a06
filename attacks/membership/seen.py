"""What the adversary sees of a training, and its own shadow trainings, of which it knows who took part."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from attacks.membership.candidates import Candidates
from fedser.errors import CaptureError, InputError
from fedser.updates.public import PublicParameters
from fedser.updates.store import Row, UpdateStore
from fedser.updates.update import Arrays

Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Seen:
    """One training: its public side, the model that it publishes, and the folder of what was captured on the way.

    An attack reads of these what its ``knowledge`` grants.
    """

    public: PublicParameters
    final: Arrays
    captured: Path

    @cached_property
    def store(self) -> UpdateStore:
        """The captured updates and broadcast models."""
        return UpdateStore(self.captured)

    def rounds(self, every: int) -> list[tuple[int, list[Row]]]:
        """Each ``every``-th captured round with its updates; raises CaptureError where none was captured."""
        by_round: dict[int, list[Row]] = {}
        for row in self.store.rows():
            by_round.setdefault(row.round, []).append(row)
        if not by_round:
            raise CaptureError(f"{self.captured}: no round was captured")
        return list(by_round.items())[::every]


@dataclass(frozen=True)
class Outside:
    """A training of the adversary's own, and which of the candidates [records] it did not learn from."""

    seen: Seen
    out: Mask


@dataclass(frozen=True)
class Shadows:
    """Shadow candidates, the adversary's shadow trainings, and which records each of them trained on.

    ``trained`` is [trainings, records]. Raises InputError where shapes differ or there is no training.
    """

    candidates: Candidates
    trainings: tuple[Seen, ...]
    trained: Mask

    def __post_init__(self) -> None:
        expected = (len(self.trainings), len(self.candidates))
        if not self.trainings or self.trained.shape != expected:
            raise InputError(
                f"shadows: members of shape {self.trained.shape}, but trainings and records are {expected}"
            )

    def others(self, place: int) -> tuple[Outside, ...]:
        """All trainings but that at ``place``, about the shadow candidates."""
        return tuple(Outside(seen, ~self.trained[other]) for other, seen in enumerate(self.trainings) if other != place)

    def strangers(self, candidates: Candidates) -> tuple[Outside, ...]:
        """All trainings, about ``candidates`` of whom none took part in any."""
        return tuple(Outside(seen, np.ones(len(candidates), dtype=np.bool_)) for seen in self.trainings)

    def heard(self, place: int) -> Mask:
        """Which shadow speakers [speakers] the training at ``place`` has learned from."""
        return np.bincount(self.candidates.speaker, weights=self.trained[place]) > 0
