"""Principal components of a layer's raw gradient, and logistic regression on them.

Ten thousand gradients of a quarter of a million values are 10 GB, so they are never in memory: each update is projected
on its own, by a fixed random projection that nearly keeps angles, and the components are those of the projections. An
incremental PCA would have to pass over all updates once for every choice of shadow speakers, and could not be captured.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from attacks.attack import Shapes
from attacks.knowledge import Knowledge
from attacks.linear import LinearAttack
from attacks.selection import Settings
from fedser.errors import ConfigError
from fedser.seeds import Stream
from fedser.updates.reductions import Projection
from fedser.updates.update import layer_of, layers_of


class Pca(LinearAttack):
    """Logistic regression on the principal components of a layer's raw gradient."""

    source: ClassVar[str] = "Jolliffe 2002; projection: Weinberger et al. 2009 (arXiv 0902.2206)"
    knowledge: ClassVar[Knowledge] = "updates"
    name: Literal["pca"] = "pca"
    layer: str | None = Field(None, description="the layer whose gradient is read; by default the first")
    size: int = Field(512, ge=2, description="numbers that the gradient is projected on before")
    variance: float = Field(0.9, gt=0, lt=1, description="share of the variance that the components keep")

    def reduction(self, parameters: Shapes) -> Projection:
        """Of the layer's weight and bias; raises ConfigError for a layer that there is not."""
        known = layers_of(parameters)
        layer = known[0] if self.layer is None else self.layer
        if layer not in known:
            raise ConfigError(f"attack pca: layer: unknown {layer} (choose from {', '.join(known)})")
        return Projection(parameters=tuple(name for name in parameters if layer_of(name) == layer), size=self.size)

    def classifier(self, stream: Stream) -> Any:
        """Logistic regression on the components, of unit variance; their decomposition is exact and draws nothing."""
        from sklearn.pipeline import make_pipeline

        from attacks.components import Components

        components = Components(n_components=self.variance, whiten=True, svd_solver="covariance_eigh")
        # Each choice of shadow speakers has components of its own, so that no weights are left to start from.
        return make_pipeline(components, super().classifier(stream).set_params(warm_start=False))

    @property
    def grid(self) -> Sequence[Settings]:
        """Each C of the last step."""
        return [{f"logisticregression__{key}": value for key, value in one.items()} for one in super().grid]
