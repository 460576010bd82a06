"""How strong a further loss is over the rounds of a training."""

import math
from typing import Literal

Schedule = Literal["constant", "linear", "ganin"]
"""From the first round on; growing evenly to the last round; or as Ganin et al. 2015 let it, fast and then slowly."""


def share(schedule: Schedule, progress: float) -> float:
    """Of the full strength, at a ``progress`` from 0 to 1."""
    match schedule:
        case "constant":
            return 1.0
        case "linear":
            return progress
        case "ganin":
            return 2 / (1 + math.exp(-10 * progress)) - 1  # Ganin et al. 2015, section 4
