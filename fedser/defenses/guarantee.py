"""What a defense promises in numbers, for whom and against whom: one row of ``privacy.csv``."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["accountant", "as published", "estimate", "lower bound"]


@dataclass(frozen=True)
class Guarantee:
    """(epsilon, delta) that holds for one of ``protects`` against ``against``, where ``assumes`` is true.

    ``kind`` says who says so: an accountant, a formula of its authors, or a measurement. ``rate`` and ``steps`` are
    what the accountant has been told beside ``noise``, the noise multiplier. An estimate has an ``interval``.
    """

    kind: Kind
    protects: str
    against: str
    epsilon: float
    delta: float
    noise: float | None
    by: str
    rate: float
    steps: int
    assumes: str
    interval: tuple[float, float] | None = None
