"""``privacy.csv``: what a defense promises in epsilon, for whom, against whom, by whose count, and what it assumes.

One row per promise and private training, and what canaries have shown in theirs: an estimate with its interval, ``low``
to ``high``, and a lower bound. An infinite epsilon is no promise: it stands where a reader might believe one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fedser.defenses.guarantee import Guarantee

PRIVACY_WORDS = ["training", "defense", "kind", "protects", "against", "accountant", "assumes"]
PRIVACY_NUMBERS = ["epsilon", "low", "high", "delta", "noise_multiplier", "sample_rate", "steps"]


@dataclass(frozen=True)
class Promised:
    """What a defense, by its label, promises in a training."""

    training: str
    defense: str
    guarantee: Guarantee


def privacy(promises: Sequence[Promised]) -> pd.DataFrame:
    """The table; deltas keep six digits, however small they are."""
    rows = [_row(one, one.guarantee) for one in promises]
    return pd.DataFrame(rows, columns=PRIVACY_WORDS + PRIVACY_NUMBERS)


def _row(one: Promised, said: Guarantee) -> dict[str, object]:
    return {
        "training": one.training,
        "defense": one.defense,
        "kind": said.kind,
        "protects": said.protects,
        "against": said.against,
        "accountant": said.by,
        "assumes": said.assumes,
        "epsilon": said.epsilon,
        "low": said.interval and said.interval[0],
        "high": said.interval and said.interval[1],
        "delta": f"{said.delta:.6g}",
        "noise_multiplier": said.noise,
        "sample_rate": said.rate,
        "steps": said.steps,
    }
