"""The files of a store: one per round, or one per part where a round came in several, each written by itself."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_NAME = re.compile(r"round-(\d{6,})(?:\.(\d+)-of-(\d+))?\.safetensors")


def part_path(folder: Path, number: int, part: int = 0, parts: int = 1) -> Path:
    """The file of ``part`` (from 0) of round ``number`` (from 1): ``round-000001.02-of-16.safetensors``."""
    place = f".{part + 1:0{len(str(parts))}}-of-{parts}" if parts > 1 else ""
    return folder / f"round-{number:06d}{place}.safetensors"


def captured_rounds(folder: Path) -> dict[int, tuple[Path, ...]]:
    """The rounds of which every part is there, ascending, and the files of their parts, in order.

    What a round holds does not depend on how it was cut, so that of two ways to cut it either does.
    """
    counts = Counter((number, parts) for number, _, parts in _found(folder))
    complete = {number: parts for (number, parts), count in sorted(counts.items()) if count == parts}
    return {
        number: tuple(part_path(folder, number, part, parts) for part in range(parts))
        for number, parts in complete.items()
    }


def remove_other_cuts(folder: Path, number: int, parts: int) -> None:
    """Remove what is there of round ``number`` from when it came in another number of parts."""
    for _, part, of in _found(folder, f"round-{number:06d}."):
        if of != parts:
            part_path(folder, number, part, of).unlink(missing_ok=True)


def _found(folder: Path, start: str = "round-") -> Iterator[tuple[int, int, int]]:
    """(round, part, parts) of every file whose name begins with ``start``."""
    names = [name for name in os.listdir(folder) if name.startswith(start)]  # noqa: PTH208 - a path each is slow
    for match in filter(None, map(_NAME.fullmatch, names)):
        yield int(match[1]), int(match[2] or 1) - 1, int(match[3] or 1)
