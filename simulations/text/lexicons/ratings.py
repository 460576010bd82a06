"""What every lexicon is that rates words, and in which of three bins a rating lies."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from fedser.config import Plugin
from fedser.errors import InputError
from fedser.metrics.attribution import HIGH, LOW, MIDDLE
from simulations.text.bins import SHARES


class Ratings(Plugin):
    """Words with numbers on a scale of the lexicon's own."""

    licence: ClassVar[str]
    dimensions: ClassVar[tuple[str, ...]] = ("valence",)
    """What it rates: ``valence``, ``activation``, or both."""

    name: str

    @abstractmethod
    def rated(self, dimension: str, root: Path) -> Mapping[str, float]:
        """The rating of each word (lower case) from 0 (negative, calm) to 1; raises InputError for a missing file."""

    def bins(self, dimension: str, root: Path) -> dict[str, int]:
        """The bin of each word, LOW, MIDDLE or HIGH: the paper's bins of the labels, on the lexicon's scale.

        Raises InputError where the lexicon does not rate this dimension.
        """
        if dimension not in self.dimensions:
            raise InputError(f"lexicon {self.name}: rates {', '.join(self.dimensions)}, not {dimension}")
        low, high = SHARES
        return {
            word: LOW if rating <= low else MIDDLE if rating <= high else HIGH
            for word, rating in self.rated(dimension, root).items()
        }


def columns(text: str, path: str, wanted: int) -> list[list[str]]:
    """The tab-separated cells of each line that is not empty; raises InputError for lines with fewer than wanted."""
    lines = [line.split("\t") for line in text.splitlines() if line.strip()]
    short = [number for number, cells in enumerate(lines, 1) if len(cells) < wanted]
    if short:
        raise InputError(f"{path}:{short[0]}: should be {wanted} columns or more, divided by tabs")
    return lines


def second_column(text: str, path: str, low: float, high: float) -> dict[str, float]:
    """Of each line's word (lower case) the number beside it, from ``low`` to ``high``, as its share of the way."""
    return {row[0].strip().lower(): share(row[1], low, high, path) for row in columns(text, path, 2)}


def share(cell: str, low: float, high: float, path: str) -> float:
    """A number from ``low`` to ``high`` as a share of the way between; raises InputError for anything else."""
    try:
        value = float(cell)
    except ValueError as error:
        raise InputError(f"{path}: {cell!r} is not a number") from error
    if not low <= value <= high:
        raise InputError(f"{path}: {cell} is not between {low:g} and {high:g}")
    return (value - low) / (high - low)
