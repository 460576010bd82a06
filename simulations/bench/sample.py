"""What a bench measures: one quantity of one side in one case, and in which unit it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

Quantity = Literal[
    "round",
    "client update",
    "first round",
    "peak memory",
    "own memory",
    "captures written",
    "bytes written",
    "captures read",
    "bytes read",
    "training",
    "trainings a minute",
    "stage",
    "training pass",
    "validation pass",
    "extraction",
    "utterance",
]


class Shown(NamedTuple):
    """The heading of a column, and what a value is multiplied with to stand below it."""

    heading: str
    factor: float


QUANTITIES: Mapping[Quantity, Shown] = MappingProxyType(
    {
        "round": Shown("ms a round", 1e3),
        "client update": Shown("ms a client update", 1e3),
        "first round": Shown("s until round 1 ends", 1.0),
        "peak memory": Shown("MiB with mapped files, at most", 2.0**-20),
        "own memory": Shown("MiB of its own, at most", 2.0**-20),
        "captures written": Shown("captures written a second", 1.0),
        "bytes written": Shown("MB written a second", 1e-6),
        "captures read": Shown("captures read a second", 1.0),
        "bytes read": Shown("MB read a second", 1e-6),
        "training": Shown("s a training", 1.0),
        "trainings a minute": Shown("trainings a minute", 1.0),
        "stage": Shown("s", 1.0),
        "training pass": Shown("CPU ms an update and training pass", 1e3),
        "validation pass": Shown("CPU ms an update and validation pass", 1e3),
        "extraction": Shown("s an extraction", 1.0),
        "utterance": Shown("CPU ms an utterance", 1e3),
    }
)
"""Values are in seconds, bytes, or numbers a second or minute."""


@dataclass(frozen=True)
class Sample:
    """One repetition; repetitions of equal number were made in turns."""

    side: str
    case: str
    quantity: Quantity
    repetition: int
    value: float
