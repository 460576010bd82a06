"""What is joined: an attack's scores, the truth about the private clients, and what was run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from fedser.artifacts.files import write_atomic
from fedser.errors import Problems
from fedser.metrics.recall import Floats

UPDATE_KEY = ["training", "round", "client"]
CLIENT_KEY = ["training", "client"]
ATTACKS_NUMBERS = [
    "layers",
    "shadow_updates",
    "target_updates",
    "cpu_seconds",
    "wall_seconds",
    "reductions_cpu_seconds",
    "sittings",
]
ATTACKS_COLUMNS = ["attack", *ATTACKS_NUMBERS]
"""Of ``attacks.csv``: what each attack took, and how much there was to learn from."""


@dataclass(frozen=True)
class Pooled:
    """What one attack on one layer says when it is shown several updates of a client at once.

    ``groups`` has the columns COLUMNS, one row per group: ``observed`` updates were wanted (or ``all``), ``updates`` is
    how many there were, and ``draw`` the number of the drawing. ``scores`` is float64 [groups, values]. ``pooling``
    says how the attack puts them together.
    """

    COLUMNS: ClassVar[Sequence[str]] = ["training", "client", "observed", "draw", "updates"]
    pooling: str
    groups: pd.DataFrame
    scores: Floats


@dataclass(frozen=True)
class AttackScores:
    """What one attack on one layer says of the private updates.

    ``updates`` has the columns ``training``, ``round`` and ``client``, one row per update; ``scores`` is float64
    [updates, values], in the same order of rows. A higher score is a stronger belief in that value. ``weights``
    [updates] says, where the attack offers it, how much its log-scores of an update are worth,
    and ``pooled`` what it says of groups of a client's updates.
    """

    attack: str
    layer: str
    updates: pd.DataFrame
    scores: Floats
    weights: Floats | None = None
    pooled: Pooled | None = None


@dataclass(frozen=True)
class Scale:
    """What an attacker knows of a number from its shadow persons: the mean of each bin [values], and the median."""

    means: Floats
    median: float


@dataclass(frozen=True)
class Truth:
    """What no attacker knows: whose each private client is, and that speaker's value of the attribute.

    ``clients`` has the columns ``training``, ``client``, ``speaker`` and ``value``, an index into ``values``, with one
    row per client of each private training. Where speakers are sessions, the column ``person`` says whose. Where the
    attribute is a number, of which the values are bins, ``number`` is it, and ``scale`` says what an attacker knows of
    the bins. Raises InputError when it contradicts itself.
    """

    attribute: str
    values: tuple[str, ...]
    clients: pd.DataFrame
    scale: Scale | None = None

    def __post_init__(self) -> None:
        problems, place = Problems(), f"truth of {self.attribute}"
        for training, client in self.clients[self.clients.duplicated(CLIENT_KEY)][CLIENT_KEY].to_numpy():
            problems.add(place, f"client {client} of {training} given more than once")
        wrong = self.clients[~self.clients["value"].between(0, len(self.values) - 1)]
        for speaker, value in wrong[["speaker", "value"]].drop_duplicates().to_numpy():
            problems.add(place, f"speaker {speaker} has value {value} (choose from 0 to {len(self.values) - 1})")
        values = self.clients.groupby("speaker")["value"].nunique()
        for speaker in values.index[values > 1]:
            problems.add(place, f"speaker {speaker} has more than one value")
        if "person" in self.clients:
            persons = self.clients.groupby("speaker")["person"].nunique()
            for speaker in persons.index[persons > 1]:
                problems.add(place, f"speaker {speaker} is more than one person")
        if self.clients["value"].nunique() < 2:
            found = ", ".join(self.values[i] for i in self.clients["value"].unique() if 0 <= i < len(self.values))
            problems.add(place, f"every private speaker is {found!r}, so that there is nothing to infer")
        problems.raise_if_any()


@dataclass(frozen=True)
class Setting:
    """What was run, as the first columns of ``leakage.csv`` name it."""

    private_corpus: str
    shadow_corpora: tuple[str, ...]
    features: str
    algorithm: str
    defense: str

    def columns(self) -> dict[str, Any]:
        """Column to value; several shadow corpora are joined by ``+``."""
        return {
            "private_corpus": self.private_corpus,
            "shadow_corpora": "+".join(self.shadow_corpora),
            "features": self.features,
            "algorithm": self.algorithm,
            "defense": self.defense,
        }


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table atomically: no index, six decimals, empty where a value is not defined."""
    write_atomic(path, lambda part: table.to_csv(part, index=False, float_format="%.6f", lineterminator="\n"))


def check_scores(found: AttackScores, truth: Truth) -> None:
    """Raise InputError with every way in which ``found`` does not fit ``truth``."""
    problems, place = Problems(), f"scores of {found.attack} on {found.layer}"
    expected = (len(found.updates), len(truth.values))
    if found.scores.shape != expected:
        problems.add(place, f"shape {found.scores.shape}, but {expected[0]} updates and {expected[1]} values")
    elif not np.isfinite(found.scores).all():
        number = int((~np.isfinite(found.scores)).any(axis=1).sum())
        problems.add(place, f"{number} of {expected[0]} updates have a score that is not finite")
    problems.extend(_bad_weights(found, place))
    for training, number, client in found.updates[found.updates.duplicated(UPDATE_KEY)][UPDATE_KEY].to_numpy()[:5]:
        problems.add(place, f"client {client} of {training} scored more than once in round {number}")
    known = pd.MultiIndex.from_frame(truth.clients[CLIENT_KEY])
    unknown = found.updates[~pd.MultiIndex.from_frame(found.updates[CLIENT_KEY]).isin(known)]
    for training, client in unknown[CLIENT_KEY].drop_duplicates().to_numpy()[:5]:
        problems.add(place, f"client {client} of {training} is not in the truth")
    problems.raise_if_any()


def _bad_weights(found: AttackScores, place: str) -> Iterator[str]:
    weights, number = found.weights, len(found.updates)
    if weights is None:
        return
    if weights.shape != (number,):
        yield f"{place}: weights of shape {weights.shape}, but {number} updates"
    elif not (np.isfinite(weights) & (weights >= 0)).all():
        yield f"{place}: weights that are negative or not finite"
