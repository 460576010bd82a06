"""The numbers of the paper's attack: section 5.3 of Feng et al. 2021, and the authors' code for what it leaves out."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fedser.config import Frozen

Side = Annotated[int, Field(ge=1)]
"""A width, or one side of a kernel, in elements."""

Decay = Annotated[float, Field(ge=0, lt=1)]
"""How much of a running mean stays at each step."""

Precision = Literal["float32", "tf32", "bf16"]
"""What the factors of products are rounded to; sums are float32 in any case."""


class Convolution(Frozen):
    """One convolution that keeps the size of its map, then (optionally) batch normalisation, then ReLU."""

    filters: int = Field(ge=1, description="number of filters")
    kernel: int = Field(5, ge=1, description="side of the square kernel, odd")
    batch_norm: bool = False

    @model_validator(mode="after")
    def _centred(self) -> Self:
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel: {self.kernel} is even; only an odd kernel keeps the size of a map")
        return self


class Pool(Frozen):
    """A max-pool after a convolution: kernel and stride, each (along outputs, along inputs of the attacked layer)."""

    kernel: tuple[Side, Side]
    stride: tuple[Side, Side]

    @classmethod
    def square(cls, size: int) -> "Pool":
        """Kernel and stride ``size`` on both sides."""
        return cls(kernel=(size, size), stride=(size, size))


class Adam(Frozen):
    """The attacker's optimiser (Kingma and Ba 2015)."""

    learning_rate: float = Field(1e-4, gt=0)
    betas: tuple[Decay, Decay] = (0.9, 0.98)
    epsilon: float = Field(1e-9, gt=0)
    weight_decay: float = Field(1e-4, ge=0)


class Plateau(Frozen):
    """The rate falls by ``factor`` after ``patience`` epochs without a lower validation loss."""

    patience: int = Field(3, ge=0)
    factor: float = Field(0.2, gt=0, lt=1)
    minimum: float = Field(1e-6, ge=0, description="the rate falls no further")


class Stopping(Frozen):
    """Training ends after ``patience`` epochs without a lower validation loss, counted from epoch ``after`` + 1."""

    patience: int = Field(10, ge=1)
    after: int = Field(30, ge=0)
