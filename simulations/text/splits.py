"""Speaker-independent splits: groups of speakers, of which one tests, one validates, and the others train.

With the ten speakers of IEMOCAP and five groups that is 6, 2 and 2, as in Jaiswal and Mower Provost 2021, section 7.1.
"""

from typing import NamedTuple, Self

import pandas as pd
from pydantic import Field, model_validator

from fedser.config import Frozen
from fedser.partition.folds import Folds
from fedser.seeds import Stream


class Split(NamedTuple):
    """The speakers on each side."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


class Splits(Frozen):
    """In how many groups speakers are dealt, balanced by the attribute, and how many of these test in turn."""

    groups: int = Field(5, ge=3, description="groups of speakers; one tests, the next one validates, the rest train")
    rotations: int = Field(1, ge=1, description="how many of the groups test, each in trainings of its own")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.rotations > self.groups:
            raise ValueError(f"rotations: {self.rotations} of {self.groups} groups; choose {self.groups} or less")
        return self

    def of(self, speakers: pd.DataFrame, attribute: str, stream: Stream) -> list[Split]:
        """The split of each rotation; raises InputError where there are fewer speakers than groups."""
        groups = Folds(number=self.groups).of(speakers, attribute, stream)
        splits = []
        for test in range(self.rotations):
            validation = (test + 1) % self.groups
            train = [name for place, group in enumerate(groups) if place not in (test, validation) for name in group]
            splits.append(Split(tuple(train), groups[validation], groups[test]))
        return splits
