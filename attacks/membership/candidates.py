"""Candidates: records that the adversary holds, and of whose membership it asks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fedser.errors import InputError
from fedser.metrics.recall import Floats, Ints
from fedser.updates.update import Array


@dataclass(frozen=True)
class Candidates:
    """Features float32 [records, features], emotion labels [records], and whose each is: [records], from 0.

    Which records are of one person is known, as it is to who asks whether that person took part. Raises InputError
    where lengths differ, nothing is given, or a person has no record.
    """

    x: Array
    y: Ints
    speaker: Ints

    def __post_init__(self) -> None:
        if not len(self.x) or not len(self.x) == len(self.y) == len(self.speaker):
            raise InputError(
                f"candidates: {len(self.x)} records, {len(self.y)} labels and {len(self.speaker)} speakers;"
                " give at least one record, and a label and a speaker for each"
            )
        silent = np.flatnonzero(np.bincount(self.speaker) == 0)
        if len(silent):
            raise InputError(f"candidates: no record of speaker {silent[0]}; number the speakers from 0 without gaps")

    def __len__(self) -> int:
        return len(self.y)

    @property
    def speakers(self) -> int:
        """How many persons there are."""
        return int(self.speaker.max()) + 1

    def blocks(self, size: int) -> Iterator[Ints]:
        """The places of all records, whole speakers one after the other: about ``size`` at a time, or one speaker."""
        order, counts = np.argsort(self.speaker, kind="stable"), np.bincount(self.speaker)
        ends = np.cumsum(counts)
        start = 0
        for place, end in enumerate(ends):
            if place + 1 == len(ends) or ends[place + 1] - start > size:
                yield order[start:end]
                start = int(end)

    def mean_of_speakers(self, scores: Floats) -> Floats:
        """The mean over each person's records [speakers] of ``scores`` [records] that are not NaN; NaN without any."""
        known = ~np.isnan(scores)
        sums = np.bincount(self.speaker[known], weights=scores[known], minlength=self.speakers)
        counts = np.bincount(self.speaker[known], minlength=self.speakers)
        means: Floats = np.divide(sums, counts, out=np.full(self.speakers, np.nan), where=counts > 0)
        return means
