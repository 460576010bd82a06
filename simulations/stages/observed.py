"""Which of a client's updates an observer has seen: some, drawn among all of its rounds, or all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedser.seeds import Stream
from fedser.updates.store import Row
from simulations.scoring import ALL


@dataclass(frozen=True)
class Observed:
    """Some updates of one client, by their places among ``rows`` of the target; ``observed`` of them were wanted."""

    training: str
    client: str
    observed: str
    draw: int
    rows: tuple[int, ...]

    @property
    def columns(self) -> tuple[str, str, str, int, int]:
        """Training, client, how many were wanted, the number of the drawing, and how many there are."""
        return self.training, self.client, self.observed, self.draw, len(self.rows)


def observed_groups(rows: Sequence[Row], observed: Sequence[int], draws: int, stream: Stream) -> list[Observed]:
    """For each client of each training, ``draws`` drawings of so many of its updates each, and all of them once.

    A client that sent fewer gives all; numbers that no client has sent are left out. The updates of one drawing are
    among those of the next larger number of the same drawing.
    """
    places: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault((row.training, row.client), []).append(place)
    most = max(map(len, places.values()))
    wanted = sorted(number for number in set(observed) if number < most)
    found: list[Observed] = []
    for (training, client), own in places.items():
        for draw in range(draws):
            order = stream(training, client, draw).numpy().permutation(own).tolist()
            found += [Observed(training, client, f"{n}", draw, tuple(order[:n])) for n in wanted]
        found.append(Observed(training, client, ALL, 0, tuple(own)))
    return found
