"""What a classifier is taught with beside its numbers: each row's value of the attribute, and the person behind it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from attacks.shadow import speaker_weights
from fedser.metrics.recall import Floats, Ints


class Labelled(Protocol):
    """Rows of persons, such as a Shadow's updates; ``labels`` [rows] are indices into ``classes``."""

    @property
    def labels(self) -> tuple[int, ...]: ...

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def persons(self) -> tuple[str, ...]: ...

    @property
    def truth(self) -> Ints: ...

    @property
    def weights(self) -> Floats: ...


@dataclass(frozen=True)
class Rows:
    """Labelled rows of anything, such as a reference learns from; members as of Shadow."""

    labels: tuple[int, ...]
    persons: tuple[str, ...]
    classes: tuple[str, ...]

    @property
    def truth(self) -> Ints:
        """The labels as int64 [rows]."""
        return np.array(self.labels, dtype=np.int64)

    @property
    def weights(self) -> Floats:
        """Of each row [rows], by which classes count alike, and in each of them each person."""
        return speaker_weights(self.truth, self.persons)
