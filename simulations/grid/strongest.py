"""Which attack speaks for a cell: the one with the highest UAR per update, chosen by these very scores.

Whoever knows of a defense may act as if he or she did not, so that the strongest of all attacks counts, whether it
learned from defended shadow trainings or (its name says ``static``) from undefended ones.
"""

import pandas as pd

from simulations.report.attacks import headline
from simulations.scoring.roles import adaptive_of, role_of


def attacks_of(leakage: pd.DataFrame) -> pd.DataFrame:
    """The rows of one cell's attacks, combined where they combine layers, without controls and references."""
    rows = headline(leakage.reset_index(drop=True)) if len(leakage) else leakage
    return rows[rows["attack"].map(role_of) == "attack"]


def knowing(attacks: pd.DataFrame, knows: bool) -> pd.DataFrame:
    """Those of adversaries who know of the defense, or those of whom it is asked what they would do otherwise."""
    return attacks[attacks["attack"].map(lambda attack: adaptive_of(attack) is None) == knows]


def strongest(attacks: pd.DataFrame) -> "pd.Series[float] | None":
    """The row of the highest value per update, the last of equals; None where there is no attack."""
    updates = attacks[attacks["unit"] == "update"]
    return updates.sort_values("value", kind="stable").iloc[-1] if len(updates) else None


def rows_of(table: pd.DataFrame, best: "pd.Series[float]") -> pd.DataFrame:
    """The rows of the same attack on the same layer."""
    return table[(table["attack"] == best["attack"]) & (table["layer"] == best["layer"])]
