"""The canaries of one training, at its server: the same in every engine, and trained by nobody.

They are added to the sum of a round's clients, which is divided by these alone: one canary moves the mean by S / m, as
one of the m clients does.
"""

import math
from collections.abc import Mapping
from math import prod
from pathlib import Path

import numpy as np

from fedser.engine.canaries import Canaries, Seen
from fedser.engine.simulation import Simulation
from fedser.metrics.recall import Floats
from fedser.seeds import Stream
from fedser.updates.update import Array, Arrays, model_parameters

Shapes = Mapping[str, tuple[int, ...]]


def shared_shapes(simulation: Simulation, shapes: Shapes) -> Shapes:
    """Of the model's parameters those that clients share in every round: the space of the canaries' directions."""
    own = model_parameters(shapes)
    for number in range(1, simulation.rounds + 1) if simulation.changes_roles else ():
        shared = frozenset(simulation.roles(tuple(shapes), number).shared(own))
        own = {name: shape for name, shape in own.items() if name in shared}
    return own


class Flock:
    """Canaries beside the clients, each of whom trains in a round with the probability ``fraction``.

    What is seen of them since the model was ``start`` is kept in ``path``, which is to be written before the training's
    state: what is seen again after an interruption is the same.
    """

    def __init__(self, canaries: Canaries, simulation: Simulation, start: Arrays, fraction: float, path: Path) -> None:
        self._canaries, self._simulation, self._start, self._path = canaries, simulation, start, path
        self._shapes = shared_shapes(simulation, {name: array.shape for name, array in start.items()})
        size = sum(map(prod, self._shapes.values()))
        streams = [simulation.stream("canary", number) for number in range(canaries.number)]
        self._directions = np.stack([_direction(size, stream("direction")) for stream in streams])
        self._took_part = np.array([canaries.takes_part(stream) for stream in streams])
        self._rounds: dict[int, list[int]] = {}
        for canary in np.flatnonzero(self._took_part).tolist():
            for number in canaries.rounds(simulation, fraction, streams[canary]):
                self._rounds.setdefault(number, []).append(canary)
        seen = Seen.read(path)
        self._nearest = seen.nearest if seen else np.full(canaries.number, -np.inf)

    def join(self, update: Arrays, broadcast: Arrays, number: int, clients: int) -> Arrays:
        """The mean ``update`` of the ``clients`` of round ``number`` with the canaries that take part in it."""
        here, length = self._rounds.get(number), self._canaries.length(self._simulation, broadcast)
        if not here or length is None:
            return update
        added = self._arrays(self._directions[here].sum(axis=0) * np.float32(length / clients))
        return {name: array + added[name] if name in added else array for name, array in update.items()}

    def watch(self, before: Arrays, after: Arrays) -> None:
        """See the canaries where a round has made ``after`` of ``before``."""
        self._nearest = np.maximum(self._nearest, self._cosines(before, after))

    def keep(self, model: Arrays) -> None:
        """Write what has been seen until ``model``; a full disk raises CaptureError."""
        Seen(self._took_part, self._cosines(self._start, model), self._nearest).write(self._path)

    def _arrays(self, flat: Array) -> Arrays:
        ends = np.cumsum([prod(shape) for shape in self._shapes.values()])
        parts = zip(self._shapes.items(), np.split(flat, ends[:-1]), strict=True)
        return {name: part.reshape(shape) for (name, shape), part in parts}

    def _cosines(self, before: Arrays, after: Arrays) -> Floats:
        """Of each canary's direction with the mean update that made ``after`` of ``before``; 0 where none did.

        Times the square root of the dimension d: of a canary that took no part it is N(0, 1), since the cosine of a
        random direction is N(0, 1 / d) where d is large (Andrew et al. 2024, section 4).
        """
        went = np.concatenate([(before[name] - after[name]).ravel() for name in self._shapes])
        length = float(np.linalg.norm(went.astype(np.float64)))
        # einsum, since a sum by BLAS depends on the number of its threads
        products = np.einsum("kp,p->k", self._directions, went).astype(np.float64) * math.sqrt(len(went))
        return products / length if length else np.zeros_like(products)


def _direction(size: int, stream: Stream) -> Array:
    """Uniform on the unit sphere."""
    drawn = np.asarray(stream.numpy().standard_normal(size, dtype=np.float32))
    return drawn / np.float32(np.linalg.norm(drawn.astype(np.float64)))
