"""Tables 1 and 2 of Jaiswal and Mower Provost 2021 as data; IEMOCAP is their own corpus, MuSE the other one."""

from functools import cache
from pathlib import Path

import pandas as pd


@cache
def table1() -> pd.DataFrame:
    """Indexed by model: UAR of valence and of gender on both corpora, MAD and P_sc, as printed."""
    return pd.read_csv(Path(__file__).parent / "tables" / "published.csv").set_index("model")
