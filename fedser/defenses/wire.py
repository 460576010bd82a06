"""How many bytes one client's update takes on the wire, after every defense that acts on it.

Plain updates are float32 arrays. An entry that a compression has made zero is not sent; the places of those that are
cost a bitmap over all entries, or a list of indices of ceil(log2 n) bits each, whichever is less. Entropy coding
(Elias codes in QSGD: Alistarh et al. 2017, arXiv 1610.02132, section 3.2) would save more, and is not counted.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

FLOAT = 32


@dataclass(frozen=True)
class Wire:
    """An update of arrays of so many entries (``sizes``): at most ``sent`` of them travel, each of ``bits``, beside
    ``scales`` float32 numbers.
    """

    sizes: tuple[int, ...]
    sent: int
    bits: int = FLOAT
    scales: int = 0

    @classmethod
    def dense(cls, sizes: tuple[int, ...]) -> Self:
        """Every entry as float32."""
        return cls(sizes, sum(sizes))

    @property
    def entries(self) -> int:
        """Of all arrays."""
        return sum(self.sizes)

    @property
    def sparse(self) -> bool:
        """Whether places are sent."""
        return self.sent < self.entries

    @property
    def bytes(self) -> int:
        """The whole update's."""
        indices = self.sent * max(1, (self.entries - 1).bit_length())
        places = min(self.entries, indices) if self.sparse else 0
        return -(-(self.sent * self.bits + places) // 8) + self.scales * FLOAT // 8

    def coded(self, bits: int) -> Self:
        """Each value in so many bits, at one scale for each array."""
        return replace(self, bits=bits, scales=len(self.sizes)) if bits < self.bits else self

    def thinned(self, number: Callable[[int], int], within: str) -> Self:
        """Of the n entries of the update, or ``within`` each ``array``, at most ``number(n)``."""
        parts = self.sizes if within == "array" else (self.entries,)
        return replace(self, sent=min(self.sent, sum(map(number, parts))))
