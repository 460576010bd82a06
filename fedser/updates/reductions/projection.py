"""A fixed random projection of whole arrays: a thousandth of the numbers, and nearly the same angles between updates.

Each value is added, with a random sign, to one of ``size`` sums: the sparsest projection of the kind of Johnson and
Lindenstrauss (a count sketch: Charikar et al. 2002; Weinberger et al. 2009, arXiv 0902.2206), which keeps inner
products of unit vectors up to an error of about 1 / sqrt(size), and costs one addition per value. A principal component
analysis of such sums stands for one of the arrays themselves, of which ten thousand would not fit into memory.
"""

from functools import lru_cache
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.seeds import Stream
from fedser.updates.public import PublicParameters
from fedser.updates.reductions.kinds import OfArrays
from fedser.updates.reductions.reduction import Shapes, gradient
from fedser.updates.update import Array, Arrays, Update

Ints = np.ndarray[Any, np.dtype[np.int64]]


class Projection(OfArrays):
    """A random projection of the update's direction: a few hundred numbers for all values of its arrays."""

    source: ClassVar[str] = "Charikar et al. 2002; Weinberger et al. 2009 (arXiv 0902.2206)"
    name: Literal["projection"] = "projection"
    size: int = Field(512, ge=1, description="how many numbers")

    @property
    def key(self) -> str:
        """``projection.512.dense1.weight+dense1.bias``."""
        return f"{self.name}.{self.size}.{'+'.join(self.parameters)}"

    def shapes(self, parameters: Shapes) -> Shapes:
        """One array, ``sums`` [size]."""
        return {"sums": (self.size,)}

    def __call__(self, update: Update, broadcast: Arrays, public: PublicParameters) -> Arrays:
        """The projected arrays, divided by their common length, so that T eta drops out; zeros stay zeros."""
        sums, square = np.zeros(self.size), 0.0
        for name in self.parameters:
            values = np.ascontiguousarray(gradient(update, name, broadcast, public), dtype=np.float64).ravel()
            places, signs = drawn(name, values.size, self.size)
            # Value after value: the order of the additions is always the same.
            sums += np.bincount(places, weights=values * signs, minlength=self.size)
            square += float((values * values).sum())
        return {"sums": (sums / (np.sqrt(square) or 1.0)).astype(np.float32)}


@lru_cache(maxsize=16)
def drawn(name: str, values: int, size: int) -> tuple[Ints, Array]:
    """Where each of ``values`` values is added, int64 in [0, size), and with which sign, float32 -1 or 1.

    The same for every update of every training, or their sums could not be compared.
    """
    generator = Stream(0)("projection", name, values, size).numpy()
    places = generator.integers(0, size, values)
    signs: Array = (2 * generator.integers(0, 2, values, dtype=np.int8) - 1).astype(np.float32)
    return places, signs
