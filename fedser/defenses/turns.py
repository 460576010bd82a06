"""What of a training decides how much noise a guarantee takes: how many clients train, how often, on how much."""

import math
from dataclasses import dataclass

from fedser.updates.update import Arrays


@dataclass(frozen=True)
class Schedule:
    """Of K ``clients``, ``cohort`` m are drawn in each of T ``rounds``; local batches hold ``batch_size`` B at most.

    ``rate`` is eta of the server formula, by which it steps along the mean update.
    """

    clients: int
    cohort: int
    rounds: int
    batch_size: int
    rate: float = 1.0

    @property
    def fraction(self) -> float:
        """q = m / K: how probable it is that a client trains in a round."""
        return self.cohort / self.clients

    @property
    def delta(self) -> float:
        """A delta that is well below one over the clients: K to the power of -1.1."""
        return float(max(self.clients, 2) ** -1.1)

    @property
    def turns(self) -> int:
        """Rounds in which a client trains on average, q T, rounded up."""
        return math.ceil(self.cohort * self.rounds / self.clients)


@dataclass(frozen=True)
class Share:
    """What one client has to learn from: its ``utterances``, and its local ``steps`` in a round."""

    utterances: int
    steps: int


@dataclass(frozen=True)
class Turn:
    """One client in one round: its share, and the model that it was sent."""

    schedule: Schedule
    share: Share
    broadcast: Arrays
