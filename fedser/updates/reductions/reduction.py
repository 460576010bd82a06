"""What every reduction is: a function of one update alone, whose small result stands for it in an attack."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import final

import numpy as np

from fedser.config import Plugin
from fedser.updates.public import PublicParameters
from fedser.updates.update import Array, Arrays, Update

Shapes = Mapping[str, tuple[int, ...]]


class Reduction(Plugin):
    """Maps what a client sent to a few float32 numbers: at capture, or later from the whole update, to the same bits.

    So its arithmetic may not depend on the number of threads, nor on what else is computed beside it.
    """

    name: str

    @property
    @abstractmethod
    def key(self) -> str:
        """What its arrays are called on disk: another for each value of its settings."""

    @property
    @abstractmethod
    def reads(self) -> tuple[str, ...]:
        """The parameters of an update that it reads."""

    @property
    def knows(self) -> tuple[str, ...]:
        """The parameters of the broadcast model that it reads."""
        return self.reads

    @abstractmethod
    def shapes(self, parameters: Shapes) -> Shapes:
        """The names and shapes of its arrays, for a model of such parameters."""

    @abstractmethod
    def __call__(self, update: Update, broadcast: Arrays, public: PublicParameters) -> Arrays:
        """Reduce one update, as sent: float32 arrays as ``shapes`` says.

        ``broadcast`` is the model of its round, of which it may read what it ``knows``.
        """

    @final
    def table(self, updates: Iterable[Update], broadcast: Arrays, public: PublicParameters) -> Arrays:
        """The reductions of all ``updates`` of a round, in their order: float32 [updates, ...] under each name."""
        reduced = [self(update, broadcast, public) for update in updates]
        shapes = self.shapes(public.parameters)
        return {
            name: np.array([one[name] for one in reduced], np.float32).reshape(len(reduced), *shape)
            for name, shape in shapes.items()
        }


def gradient(update: Update, name: str, broadcast: Arrays, public: PublicParameters) -> Array:
    """The gradient that was sent; where models are, T eta times the pseudo-gradient (Feng et al. 2021, eq. 5).

    T eta is positive and one number for the whole update: for functions that no such factor changes.
    """
    sent = update.arrays[name]
    return sent if public.sends == "gradient" else broadcast[name] - sent
