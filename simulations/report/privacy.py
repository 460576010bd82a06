"""What the report says of differential privacy: each promise in a sentence, the weakest training speaking for all."""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

_SAYS = {
    "accountant": "By the accountant {by}",
    "as published": "As its authors count it ({by}), which no accountant confirms,",
    "estimate": "As estimated by {by}, which is no bound,",
}


def privacy_sentences(table: pd.DataFrame) -> Iterator[str]:
    """One for each promise: that of the training with the largest epsilon."""
    for _, rows in table.groupby(["kind", "protects", "against"], sort=False):
        yield _sentence(rows.loc[rows["epsilon"].idxmax()])


def _sentence(row: "pd.Series[Any]") -> str:
    if math.isinf(row["epsilon"]):
        return f"Against {row['against']} {row['defense']} promises nothing: epsilon is infinite ({row['assumes']})."
    if row["kind"] == "lower bound":
        return (
            f"By {row['accountant']}, epsilon of {row['defense']} for {row['protects']} against {row['against']} is at"
            f" least {row['epsilon']:.3g} at delta {row['delta']:.3g}. Assumed: {row['assumes']}."
        )
    noise = "" if pd.isna(row["noise_multiplier"]) else f"noise multiplier {row['noise_multiplier']:.3g}, "
    within = "" if pd.isna(row["low"]) else f" [{row['low']:.3g}, {row['high']:.3g}]"
    return (
        f"{_SAYS[row['kind']].format(by=row['accountant'])} {row['defense']} protects {row['protects']} against"
        f" {row['against']} with epsilon {row['epsilon']:.3g}{within} at delta {row['delta']:.3g} ({noise}sampling rate"
        f" {row['sample_rate']:.3g}, {int(row['steps']):,} steps). Assumed: {row['assumes']}."
    )
