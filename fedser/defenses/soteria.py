"""Soteria: the update is pruned where it tells most of the representation of the client's inputs (Sun et al. 2021,
arXiv 2012.06043).

With r the activations of the first hidden layer at the model that a client begins with, it prunes the units whose
|r_i| / ||d r_i / dx|| is largest: those by which r changes most for the least change of what could be rebuilt of x. Of
a dense layer with ReLU, d r_i / dx is w_i where the unit is active, so that a unit's measure on one row is how far
beyond its hyperplane x lies, and zero where it is not active. It is summed over the rows that the client has learnt
from; the authors' code sums its inverse, which a row without activation would leave undefined here.

Guarantee: none; the bound of the paper is on the distance of representations, not on what is inferred from an update.
What the original prunes is the gradient of the defended layer as seen through r: columns of the next layer's weight.
Known breaks: the first layer's own gradient still is a sum of outer products with x, so that an attacker who ignores
the defended layer rebuilds x as if there were no defense (Balunovic et al. 2022, arXiv 2111.04706), and whatever reads
the first layer alone is told the same. With ``prunes: both`` the units' own rows go, too; but each row that is left, of
an active unit, is a mean of the inputs. Only of so few utterances that no more units are active than are pruned nothing
is left of the first layer, nor learnt. Which units are pruned is seen in the zeros, and says where x lies.

Measured as in ``first_layer``: with ``prunes: both``, ``logistic`` reads 0.96 [0.92, 1.00] at a share of 0.5, and 0.96
[0.91, 1.00] at 0.9, where the task is at chance.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.defenses.defense import Defense
from fedser.models import ModelConfig
from fedser.updates.update import Array, Arrays, layers_of

Floats = np.ndarray[Any, np.dtype[np.float64]]
Units = np.ndarray[Any, np.dtype[np.int64]]


class Soteria(Defense):
    """Zeros for the first hidden units that stand out most for the client's inputs."""

    source: ClassVar[str] = "Sun et al. 2021 (Soteria)"
    name: Literal["soteria"] = "soteria"
    share: float = Field(ge=0, lt=1, description="of the first hidden layer's units, which are pruned")
    prunes: Literal["next", "both"] = Field(
        "next", description="what of them: their columns of the next layer's weight, or also their rows of the first"
    )

    def on_model(self, model: ModelConfig) -> ModelConfig:
        """The same; raises ValueError where its first layers are not two dense ones of vectors."""
        if model.framed:
            raise ValueError(f"{self.label}: it prunes units of a first dense layer, but {model.name} reads frames")
        return model

    def on_inputs(self, update: Arrays, model: Arrays, x: Array) -> Arrays:
        """``update`` without what it says of the pruned units."""
        first, following = layers_of(model)[:2]
        weight, bias = (model[f"{first}.{kind}"].astype(np.float64) for kind in ("weight", "bias"))
        pruned = self._pruned(weight, bias, x)
        places: dict[str, tuple[slice | Units, ...]] = {f"{following}.weight": (slice(None), pruned)}
        if self.prunes == "both":
            places |= {f"{first}.weight": (pruned,), f"{first}.bias": (pruned,)}
        return {name: _without(array, places[name]) if name in places else array for name, array in update.items()}

    def _pruned(self, weight: Floats, bias: Floats, x: Array) -> Units:
        """The int(share n) units of the largest measure; of equal ones the first."""
        measure = np.maximum(x @ weight.T + bias, 0).sum(axis=0)
        length = np.linalg.norm(weight, axis=1)
        measure = np.divide(measure, length, out=np.zeros_like(measure), where=length > 0)
        return np.argsort(-measure, kind="stable")[: int(self.share * len(measure) + 1e-9)]


def _without(array: Array, places: tuple[slice | Units, ...]) -> Array:
    pruned = array.copy()
    pruned[places] = 0
    return pruned
