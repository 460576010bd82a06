"""Known updates as a gallery, others as probes: who is compared with whom, and how alike they are.

Within each training a speaker is enrolled who has updates on both sides. A gallery entry is the mean direction of so
many known updates, a probe that of M others, no two probes sharing any; scores are cosines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from fedser.metrics.recall import Floats, Ints
from fedser.seeds import Stream
from simulations.scoring.tables import CLIENT_KEY

Side = Literal["later", "clients"]


@dataclass(frozen=True)
class Embedded:
    """What a linker makes of the private updates: columns training, round, client, and unit vectors [updates, dims]."""

    linker: str
    updates: pd.DataFrame
    vectors: np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Linkage:
    """The probes of one training against its gallery.

    ``scores`` [probes, gallery]; ``own`` [probes] is the place of the probe's speaker in the gallery, ``persons``
    [gallery] who stands there, and ``gap`` [probes] the rounds from the gallery's mean round to the probe's.
    """

    scores: Floats
    own: Ints
    persons: Ints
    gap: Floats


def link(
    one: Embedded, clients: pd.DataFrame, side: Side, known: int, observed: int, stream: Stream
) -> Iterator[Linkage]:
    """One linkage per training in which two speakers or more are enrolled.

    ``clients`` has the columns training, client and ``who``, an index of the person. The drawing of updates depends on
    ``stream`` alone, so that every linker is asked the same.
    """
    table = one.updates.merge(clients, on=CLIENT_KEY, how="left", validate="many_to_one")
    table["row"] = np.arange(len(table))
    for training, rows in table.groupby("training", sort=True):
        sides = _sides(rows, side, stream("sides", str(training)))
        parts = {who: (own[own["known"]], own[~own["known"]]) for who, own in sides.groupby("who", sort=True)}
        parts = {who: both for who, both in parts.items() if len(both[0]) and len(both[1])}
        if len(parts) > 1:
            yield _compare(one, parts, known, observed)


def _sides(rows: pd.DataFrame, side: Side, stream: Stream) -> pd.DataFrame:
    """The updates in a drawn order, with the column ``known``: whether the server knows whose they are."""
    drawn = rows.iloc[np.lexsort((rows["client"], rows["round"]))]
    unit = "round" if side == "later" else "client"
    order = drawn.groupby("who")[unit].rank(method="first" if side == "later" else "dense")
    size = drawn.groupby("who")[unit].transform("size" if side == "later" else "nunique")
    drawn = drawn.assign(known=order <= size / 2)
    return drawn.iloc[stream.numpy().permutation(len(drawn))]


def _compare(one: Embedded, parts: dict[Any, tuple[pd.DataFrame, pd.DataFrame]], known: int, observed: int) -> Linkage:
    gallery, probes, own, gap = [], [], [], []
    for place, (mine, others) in enumerate(parts.values()):
        gallery.append(_direction(one, mine["row"].to_numpy()[:known]))
        middle = mine["round"].to_numpy()[:known].mean()
        for start in range(0, len(others) - observed + 1, observed):
            chosen = others.iloc[start : start + observed]
            probes.append(_direction(one, chosen["row"].to_numpy()))
            own.append(place)
            gap.append(chosen["round"].mean() - middle)
    dims = one.vectors.shape[1]
    scores = np.array(probes).reshape(-1, dims) @ np.array(gallery).T
    return Linkage(scores, np.array(own, dtype=np.int64), np.array(list(parts)), np.array(gap, dtype=np.float64))


def _direction(one: Embedded, rows: Ints) -> Floats:
    mean = one.vectors[rows].mean(axis=0, dtype=np.float64)
    length = np.linalg.norm(mean)
    direction: Floats = mean / length if length > 0 else mean
    return direction
