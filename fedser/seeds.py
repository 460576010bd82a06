"""Named random streams: every draw is a function of the experiment's seed and of what it is drawn for.

No global generator is ever used, so a result does not depend on the engine, on the order in which clients
are trained, or on how many draws something else made before.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

Name = str | int


@dataclass(frozen=True)
class Stream:
    """A place in the tree of random streams: ``Stream(7)("private", fold, "batch", round, client)``."""

    seed: int
    names: tuple[Name, ...] = ()

    def __call__(self, *names: Name) -> "Stream":
        """The stream below this one that bears ``names``."""
        return Stream(self.seed, self.names + names)

    def key(self) -> int:
        """The 128-bit number of this stream: a hash of an unambiguous text of seed and names."""
        text = json.dumps([self.seed, *self.names])
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")

    def numpy(self) -> np.random.Generator:
        """A fresh numpy generator at the beginning of this stream."""
        return np.random.default_rng(self.key())

    def torch(self) -> "torch.Generator":
        """A fresh CPU torch generator at the beginning of this stream (``integer()`` is its seed)."""
        import torch

        return torch.Generator().manual_seed(self.integer())

    def integer(self) -> int:
        """A 63-bit seed for a library that takes only a number."""
        return self.key() & (2**63 - 1)
