"""The bytes that a training sends through the air, counted from what it is, and not measured: nothing travels here.

Every client is taken to keep what it has been sent: what it does not share is broadcast to it in its first round, and
again only once it has changed. A client's own parameters it has itself from then on. Names, shapes, n_k, and what a
protocol such as secure aggregation exchanges beside the updates are not counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from fedser.defenses.wire import FLOAT, Wire
from fedser.engine.simulation import Simulation

Bytes = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Traffic:
    """Of each round: how many ``clients`` took part, and the bytes that all of them sent and received."""

    clients: Bytes
    up: Bytes
    down: Bytes


def traffic(simulation: Simulation, shapes: Mapping[str, tuple[int, ...]], clients: Sequence[str]) -> Traffic:
    """What is sent in each round of a training of such parameters, among these clients."""
    names, sizes = list(shapes), {name: prod(shape) for name, shape in shapes.items()}
    changed, heard = dict.fromkeys(names, 0), dict[str, int]()  # after which round, and until which
    rounds = []
    for number in range(1, simulation.rounds + 1):
        sampled, roles = simulation.sampled(clients, number), simulation.roles(names, number)
        up = len(sampled) * sent(simulation, [sizes[name] for name in roles.shared(names)])
        down = 0
        for client in sampled:
            since = heard.get(client)
            new = [name for name in names if since is None or (changed[name] >= since and name not in roles.own)]
            down += sum(sizes[name] for name in new) * FLOAT // 8
            heard[client] = number
        rounds.append((len(sampled), up, down))
        changed |= dict.fromkeys([*roles.shared(names), *_renewed(simulation, names, number)], number)
    return Traffic(*np.array(rounds, dtype=np.int64).T)


def sent(simulation: Simulation, sizes: Sequence[int]) -> int:
    """The bytes of one client's update of shared arrays of so many entries, after every defense."""
    wire = Wire.dense(tuple(sizes))
    for defense in sorted(simulation.defenses, key=lambda one: one.changes_cohort):  # the cohort's act last
        wire = defense.on_wire(wire)
    return wire.bytes


def _renewed(simulation: Simulation, names: Sequence[str], number: int) -> list[str]:
    """What the server itself changes of what is frozen, after a round."""
    return [n for one in simulation.defenses if one.renews(number) for n in one.on_parameters(names, number)]
