"""``paper.csv``: the published rates of happy and neutral faces by gender beside ours.

Printed are two digits, from DeepFace on FER+: the difference is ours minus theirs, with the interval of ours.
"""

from functools import cache
from pathlib import Path

import pandas as pd

PAPER_COLUMNS = [
    "class", "group", "rate", "printed", "ours", "low", "high", "n", "difference", "difference_low", "difference_high",
]  # fmt: skip


@cache
def printed() -> pd.DataFrame:
    """One row per printed number: class, rate, group, ``printed``."""
    return pd.read_csv(Path(__file__).with_name("tables") / "happy_neutral.csv", comment="#")


def beside(rates: pd.DataFrame, wanted: bool) -> pd.DataFrame:
    """The printed rates with ours of the grouping ``gender``, NaN where we have none; no row unless ``wanted``."""
    if not wanted:
        return pd.DataFrame(columns=PAPER_COLUMNS)
    mine = rates[rates["grouping"] == "gender"].rename(columns={"value": "ours"})
    table = printed().merge(mine, on=["class", "group", "rate"], how="left")
    for end, ours in (("", "ours"), ("_low", "low"), ("_high", "high")):
        table[f"difference{end}"] = table[ours] - table["printed"]
    return table[PAPER_COLUMNS]
