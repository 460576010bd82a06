"""What the CNN bench measures."""

from dataclasses import dataclass
from typing import Literal

CnnUnit = Literal["training", "validation"]
"""An update in one pass over those trained on, or in one over those validated on."""


@dataclass(frozen=True)
class CnnSample:
    """One repetition: CPU seconds per update and pass, of one side on one layer."""

    side: str
    layer: str
    unit: CnnUnit
    repetition: int
    seconds: float
