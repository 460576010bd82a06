"""A client's local optimiser, new in each round."""

from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import nn

from fedser.config import Plugin

Decay = Annotated[float, Field(ge=0, lt=1)]
"""How much of a running mean stays at each step."""


class SGD(Plugin):
    """Plain stochastic gradient descent, as eq. 4 and 5 of the paper assume."""

    source: ClassVar[str] = "Feng et al. 2021, eq. 4"
    name: Literal["sgd"] = "sgd"
    weight_decay: float = Field(0.0, ge=0)

    def build(self, network: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
        """A fresh optimiser of the network's parameters."""
        return torch.optim.SGD(network.parameters(), lr=learning_rate, weight_decay=self.weight_decay)


class Adam(Plugin):
    """Adam, as in the runs behind the paper's tables (moments start at zero in each round)."""

    source: ClassVar[str] = "Kingma and Ba 2015; the settings of Feng et al. 2021"
    name: Literal["adam"] = "adam"
    betas: tuple[Decay, Decay] = (0.9, 0.98)
    epsilon: float = Field(1e-9, gt=0)
    weight_decay: float = Field(1e-4, ge=0)

    def build(self, network: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
        """A fresh optimiser of the network's parameters."""
        return torch.optim.Adam(
            network.parameters(), lr=learning_rate, betas=self.betas, eps=self.epsilon, weight_decay=self.weight_decay
        )


OptimizerConfig = Annotated[SGD | Adam, Field(discriminator="name")]
