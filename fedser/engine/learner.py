"""Learning, apart from who learns: the arithmetic of a round's clients, which each engine does in its own way."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import torch

from fedser.algorithms.algorithm import Rows
from fedser.algorithms.plateau import Plateau
from fedser.defenses.bound import Bound
from fedser.engine.data import Labels
from fedser.updates.update import Arrays


@dataclass(frozen=True)
class Aim:
    """What else a client minimises in a round: how strongly, and the attribute of each row of each of its batches."""

    strength: float
    attributes: tuple[Labels, ...]


@dataclass(frozen=True)
class Watch:
    """What a client makes of the loss of its own validation ``rows`` after every so many ``steps``, an epoch."""

    plateau: Plateau
    rows: Rows
    steps: int


@dataclass(frozen=True)
class Work:
    """One client's work: the rows of the data in each of its batches, its n_k, and what draws its dropout.

    It begins with its ``own`` arrays in place of the broadcast's, and takes no step of the ``frozen`` ones. Where a
    defense has it bound the gradient of each batch, ``noise`` draws what is added. With a ``watch`` it may stop early.
    """

    batches: tuple[Rows, ...]
    examples: int
    masks: torch.Generator
    aim: Aim | None = None
    own: Arrays = field(default_factory=dict)
    frozen: frozenset[str] = frozenset()
    bound: Bound | None = None
    noise: torch.Generator | None = None
    watch: Watch | None = None


@dataclass(frozen=True)
class Learnt:
    """What the algorithm sends, float32 arrays of the client's own, and the mean loss over all it has seen.

    Arrays that clients do not share are among them: what is sent of them is not the learner's to say.
    """

    arrays: Arrays
    loss: float


class Learner(Protocol):
    """Does the clients' arithmetic for one simulation: of ``width`` clients at once, at most."""

    @property
    def width(self) -> int:
        """Of what fails, it is known only that it is among so many clients."""

    def learn(self, broadcast: Arrays, works: Iterable[Work]) -> Iterator[Learnt]:
        """What each client has computed from ``broadcast``, in the order of ``works``."""
