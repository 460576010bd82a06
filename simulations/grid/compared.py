"""Each cell beside its baseline: the cell of the same labels, but for that of one axis, which there changes nothing.

What the strongest attack reads of an update in either is compared in pairs, person by person. The strongest attack is
chosen in each by its score, which flatters both a little.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulations.grid.choice import Labels
from simulations.grid.paired import paired_difference
from simulations.grid.rows import of_cell
from simulations.grid.strongest import attacks_of, knowing, rows_of, strongest
from simulations.scoring import Scores

Settings = Callable[[Labels], tuple[Scores, int]]
"""How a cell was scored, and its seed."""


@dataclass(frozen=True)
class Compared:
    """One cell beside its baseline: rows of ``leakage.csv`` per update, and the difference with its interval.

    ``best`` is the strongest attack, ``adaptive`` and ``static`` the strongest of those who know of the defense and of
    those who do not, where there are such. The difference is NaN where not both were counted person by person.
    """

    labels: Labels
    axis: str
    baseline: Labels
    best: "pd.Series[float]"
    adaptive: "pd.Series[float] | None"
    static: "pd.Series[float] | None"
    difference: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """``lowers``, ``raises`` or, where the interval holds zero, ``not decided``; empty where it is not known."""
        if np.isnan(self.difference):
            return ""
        return "lowers" if self.high < 0 else "raises" if self.low > 0 else "not decided"

    @property
    def at_chance(self) -> bool:
        """Whether the interval of the strongest attack holds chance."""
        return bool(self.best["low"] <= self.best["chance"])


def compared(
    baselines: Mapping[str, str], done: list[Labels], tables: Mapping[str, pd.DataFrame], settings: Settings
) -> list[Compared]:
    """Every finished and attacked cell beside every baseline of it that is finished and attacked, too."""
    return list(_compared(baselines, done, tables, settings))


def _compared(
    baselines: Mapping[str, str], done: list[Labels], tables: Mapping[str, pd.DataFrame], settings: Settings
) -> Iterator[Compared]:
    for axis, label in baselines.items():
        for labels in done:
            baseline = {**labels, axis: label}
            if labels[axis] == label or baseline not in done:
                continue
            attacks, plain = (attacks_of(of_cell(tables["leakage.csv"], each)) for each in (labels, baseline))
            best, before = strongest(attacks), strongest(plain)
            if best is None or before is None:
                continue
            adaptive, static = (strongest(knowing(attacks, knows)) for knows in (True, False))
            persons = [_read(tables["leakage_persons.csv"], *one) for one in ((labels, best), (baseline, before))]
            difference = paired_difference(persons[0], persons[1], *settings(baseline))
            yield Compared(labels, axis, baseline, best, adaptive, static, *difference)


def _read(table: pd.DataFrame, labels: Labels, best: "pd.Series[float]") -> pd.DataFrame:
    return rows_of(of_cell(table, labels), best) if len(table) else table  # an older version has counted nobody
