"""A random forest on the max-pooled first layer: the passive property inference of Melis et al. 2019.

As in the authors' published code: absolute gradients, max-pooled over the outputs, each update of unit length, every
number scaled over the shadow updates, then 100 trees of leaves of at least five updates. They pool the larger matrices
and keep small ones whole; here only the first layer is read, since the inputs of the others are neurons, which are in
another order in every training.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from attacks.attack import Shapes
from attacks.knowledge import Knowledge
from attacks.reduced import ReducedAttack
from attacks.reduced_matrix import first_dense
from attacks.selection import Settings
from fedser.seeds import Stream
from fedser.updates.reductions import Pooled


class Forest(ReducedAttack):
    """A random forest on the largest gradients of each input of the first layer."""

    source: ClassVar[str] = "Melis et al. 2019 (arXiv 1805.04049); numbers from the authors' code"
    knowledge: ClassVar[Knowledge] = "updates"
    name: Literal["forest"] = "forest"
    trees: int = Field(100, ge=1)
    leaf: int = Field(5, ge=1, description="shadow updates that a leaf holds, at least")

    def reduction(self, parameters: Shapes) -> Pooled:
        """The pooled gradient of the first layer, which must be dense."""
        return Pooled(layer=first_dense(parameters, self.name))

    def classifier(self, stream: Stream) -> Any:
        """The forest; which updates and numbers a tree sees is drawn from ``stream``."""
        from sklearn.ensemble import RandomForestClassifier

        seed = stream.integer() % 2**32  # all that scikit-learn takes
        return RandomForestClassifier(n_estimators=self.trees, min_samples_leaf=self.leaf, random_state=seed)

    @property
    def grid(self) -> Sequence[Settings]:
        """Nothing to choose: the published settings."""
        return [{}]
