"""Tables 3 to 6 of Feng et al. 2021 as data: what is printed, and the authors' own results of that time.

The files in ``tables`` say their source. Three printed cells differ from the authors' csv by 10 or 20 points.
"""

from functools import cache
from pathlib import Path

import pandas as pd

TABLES = (3, 4, 5, 6)

MEAN = "mean of the paper's corpora"
SAME = "same corpus"

CELL = ["table", "features", "algorithm", "dropout", "layer", "metric"]


@cache
def printed() -> pd.DataFrame:
    """One row per number: ``table``, corpora, settings, and ``printed``, ``authors_csv``, ``authors_fold_sd`` in %.

    ``layer`` is empty for the emotion model. ``compared_with`` is the same corpus; besides there is, of each cell, the
    mean over the paper's three private corpora, for private corpora that are not the paper's.
    """
    folder = Path(__file__).with_name("tables")
    files = {number: pd.read_csv(folder / f"table{number}.csv", comment="#") for number in TABLES}
    rows = pd.concat([table.assign(table=number, compared_with=SAME) for number, table in files.items()])
    rows["layer"] = rows["layer"].fillna("")
    means = rows.groupby(CELL, as_index=False)[["printed", "authors_csv", "authors_fold_sd"]].agg(_mean)
    return pd.concat([rows, means.assign(private_corpus=None, compared_with=MEAN)], ignore_index=True)


def _mean(values: "pd.Series[float]") -> float:
    """The mean of three, or none where one is missing."""
    return float(values.mean(skipna=False))
