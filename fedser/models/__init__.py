"""Models: the architecture that a federation trains."""

from fedser.models.mlp import MLP

ModelConfig = MLP
MODELS: tuple[type[MLP], ...] = (MLP,)
