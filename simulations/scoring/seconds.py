"""``seconds.csv``: what defenses cost in time, as seconds per client update beside those without a defense."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

SECONDS_WORDS = ["defense", "clock"]
SECONDS_NUMBERS = ["defended", "plain", "ratio", "ratio_low", "ratio_high", "rounds", "turns"]


def seconds(defense: str, clock: str, defended: Sequence[float], plain: Sequence[float], rounds: int) -> pd.DataFrame:
    """One row: medians over the turns in which both were measured, and the median, least and largest of their ratios.

    ``defended`` and ``plain`` are seconds per client update, one number per turn, of so many ``rounds`` each.
    """
    ratios = np.asarray(defended) / np.asarray(plain)
    spread = (float(np.median(ratios)), float(ratios.min()), float(ratios.max()))
    row = (defense, clock, float(np.median(defended)), float(np.median(plain)), *spread, rounds, len(ratios))
    return pd.DataFrame([row], columns=SECONDS_WORDS + SECONDS_NUMBERS)
