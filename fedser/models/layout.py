"""All parameters of a model as one flat vector, in the model's order, and the named arrays as views of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from torch import Tensor

from fedser.updates.update import Array, Arrays


@dataclass(frozen=True)
class Layout:
    """Where each parameter lies: ``shapes`` by name, input side first."""

    shapes: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, arrays: Mapping[str, Array]) -> "Layout":
        """The layout of a model with these parameters."""
        return cls({name: array.shape for name, array in arrays.items()})

    @property
    def size(self) -> int:
        """P, the number of parameters."""
        return sum(map(prod, self.shapes.values()))

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        """``flat`` [..., P] or longer seen as the named parameters [..., *shape], sharing its memory."""
        pieces = torch.split(flat[..., : self.size], [prod(shape) for shape in self.shapes.values()], dim=-1)
        named = zip(self.shapes.items(), pieces, strict=True)
        return {name: piece.view(*piece.shape[:-1], *shape) for (name, shape), piece in named}

    def flat(self, arrays: Arrays) -> Tensor:
        """The named arrays, float32, copied into one vector [P]."""
        return torch.from_numpy(np.concatenate([arrays[name].ravel() for name in self.shapes]))

    def write(self, arrays: Arrays, flat: Array) -> None:
        """Copy the named arrays into a vector [P]."""
        for name, view in self.arrays(flat).items():
            view[...] = arrays[name]

    def arrays(self, flat: Array) -> Arrays:
        """A vector [P] seen as named arrays, sharing its memory."""
        arrays, start = {}, 0
        for name, shape in self.shapes.items():
            stop = start + prod(shape)
            arrays[name] = flat[start:stop].reshape(shape)
            start = stop
        return arrays
