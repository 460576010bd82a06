"""A client's local optimiser, new in each round."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.optim.adam import adam

from fedser.config import Plugin

Decay = Annotated[float, Field(ge=0, lt=1)]
"""How much of a running mean stays at each step."""

Step = Callable[[Tensor, Tensor], None]
"""One step of the parameters (first) along their gradient (second): flat tensors of one shape, changed in place."""


class Optimizer(Plugin):
    """The rule by which a client steps, in two forms: PyTorch's own, and one call per step on a flat vector."""

    @abstractmethod
    def build(self, parameters: Iterable[Tensor], learning_rate: float) -> torch.optim.Optimizer:
        """PyTorch's optimiser of these parameters, freshly started."""

    @abstractmethod
    def flat(self, like: Tensor, learning_rate: float) -> "Flat":
        """The same rule for all parameters at once, in tensors shaped as ``like``; buffers are made once."""


class Flat:
    """Steps over whole vectors: ``begin()`` forgets all steps, ``step`` takes one."""

    def __init__(self, begin: Callable[[], None], step: Step) -> None:
        self.begin, self.step = begin, step


class SGD(Optimizer):
    """Plain stochastic gradient descent, as eq. 4 and 5 of the paper assume."""

    source: ClassVar[str] = "Feng et al. 2021, eq. 4"
    name: Literal["sgd"] = "sgd"
    weight_decay: float = Field(0.0, ge=0)

    def build(self, parameters: Iterable[Tensor], learning_rate: float) -> torch.optim.Optimizer:
        """PyTorch's SGD."""
        return torch.optim.SGD(parameters, lr=learning_rate, weight_decay=self.weight_decay)

    def flat(self, like: Tensor, learning_rate: float) -> Flat:
        """w <- w - eta (g + lambda w)."""

        def step(parameters: Tensor, gradient: Tensor) -> None:
            if self.weight_decay:
                gradient.add_(parameters, alpha=self.weight_decay)
            parameters.sub_(gradient, alpha=learning_rate)

        return Flat(lambda: None, step)


class Adam(Optimizer):
    """Adam, as in the runs behind the paper's tables (moments start at zero in each round)."""

    source: ClassVar[str] = "Kingma and Ba 2015; the settings of Feng et al. 2021"
    name: Literal["adam"] = "adam"
    betas: tuple[Decay, Decay] = (0.9, 0.98)
    epsilon: float = Field(1e-9, gt=0)
    weight_decay: float = Field(1e-4, ge=0)

    def build(self, parameters: Iterable[Tensor], learning_rate: float) -> torch.optim.Optimizer:
        """PyTorch's Adam."""
        return torch.optim.Adam(
            parameters, lr=learning_rate, betas=self.betas, eps=self.epsilon, weight_decay=self.weight_decay
        )

    def flat(self, like: Tensor, learning_rate: float) -> Flat:
        """PyTorch's fused kernel over the whole vector; a prefix of it may step while the rest is done."""
        first, second = torch.zeros_like(like), torch.zeros_like(like)
        steps = torch.zeros((), device=like.device)

        def begin() -> None:
            for state in (first, second, steps):
                state.zero_()

        def step(parameters: Tensor, gradient: Tensor) -> None:
            n = len(parameters)
            adam(
                [parameters], [gradient], [first[:n]], [second[:n]], [], [steps],
                fused=True, amsgrad=False, maximize=False, lr=learning_rate, eps=self.epsilon,
                beta1=self.betas[0], beta2=self.betas[1], weight_decay=self.weight_decay,
            )  # fmt: skip

        return Flat(begin, step)


OptimizerConfig = Annotated[SGD | Adam, Field(discriminator="name")]
