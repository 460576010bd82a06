"""The baseline: what is read of an update, each number scaled over the shadow updates, compared by cosine."""

from typing import Any, ClassVar, Literal

import numpy as np

from attacks.identity.linker import Linker, Map
from attacks.reduced_matrix import Matrix
from fedser.seeds import Stream


class Cosine(Linker):
    """Baseline: the cosine of scaled reductions; nothing is learned of what tells speakers apart."""

    source: ClassVar[str] = "baseline; cosine scoring as in Dehak et al. 2011"
    name: Literal["cosine"] = "cosine"

    def learn(self, x: Matrix, persons: np.ndarray[Any, np.dtype[np.intp]], stream: Stream) -> Map:
        """The mean and deviation of each number."""
        return Map.standard(x)
