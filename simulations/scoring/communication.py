"""``communication.csv``: what the private trainings send and receive, in all and until the task is done well enough.

One row for the whole training, and one per target: a UAR of the task for speakers held out, fixed, or a share of the
best that a training (fold) reaches in any round. Rounds and bytes are means over the trainings, empty where not all of
them reach it; ``reached`` of ``folds`` do. A round's first model that reaches it counts, whatever comes after.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fedser.engine.traffic import Traffic
from fedser.metrics.recall import Floats

COMMUNICATION_WORDS = ["target"]
COMMUNICATION_NUMBERS = ["uar", "reached", "folds", "rounds", "up_client", "down_client", "up_round", "down_round"]
COMMUNICATION_NUMBERS += ["up", "down"]
WHOLE = "whole training"
SHARES, FIXED = (0.90, 0.95), (0.30, 0.35, 0.40, 0.45, 0.50, 0.60, 0.70)


def communication(traffics: Sequence[Traffic], uars: Sequence[Floats]) -> pd.DataFrame:
    """The table for the bytes [rounds] and the task's UAR [rounds] of each training; NaN where nobody is held out."""
    rows = [_row(WHOLE, np.nan, traffics, [len(each.up) for each in traffics])]
    if not any(np.isnan(uar).any() for uar in uars):
        relative = {f"{share:.0%} of the best": [share * uar.max() for uar in uars] for share in SHARES}
        fixed = {f"UAR {wanted:.2f}": [wanted] * len(uars) for wanted in FIXED}
        for target, wanted in (relative | fixed).items():
            ends = [_first(uar, least) for uar, least in zip(uars, wanted, strict=True)]
            rows.append(_row(target, float(np.mean(wanted)), traffics, ends))
    return pd.DataFrame(rows, columns=COMMUNICATION_WORDS + COMMUNICATION_NUMBERS)


def _first(uar: Floats, least: float) -> int | None:
    """The first round, from 1, with at least that."""
    there = np.flatnonzero(uar >= least - 1e-12)
    return int(there[0]) + 1 if len(there) else None


def _row(target: str, uar: float, traffics: Sequence[Traffic], ends: Sequence[int | None]) -> tuple[object, ...]:
    reached = [(each, end) for each, end in zip(traffics, ends, strict=True) if end is not None]
    if len(reached) < len(ends):
        return (target, uar, len(reached), len(ends), *[np.nan] * 7)
    up, down, clients = (
        np.array([getattr(each, name)[:end].sum() for each, end in reached]) for name in ("up", "down", "clients")
    )
    rounds = np.array([end for _, end in reached])
    each = [up / clients, down / clients, up / rounds, down / rounds, up, down]
    return (target, uar, len(reached), len(ends), rounds.mean(), *(float(np.mean(one)) for one in each))
