"""What the headers of audio files say: durations and sample rates."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fedser.audio import read_header
from fedser.errors import InputError
from simulations.progress import Update

_SHOWN = 10


@dataclass(frozen=True)
class Headers:
    """``seconds`` by file, how many files have each sample rate (in Hz), and why some could not be read."""

    seconds: pd.Series
    rates: dict[int, int]
    refused: tuple[str, ...]

    def raise_if_refused(self) -> None:
        """Raise InputError with the first of the reasons, where there are any."""
        more = len(self.refused) - _SHOWN
        lines = [*self.refused[:_SHOWN], *([f"and {more} more files that cannot be read"] if more > 0 else [])]
        if lines:
            raise InputError("\n".join(lines))


def read_headers(files: Sequence[str], tell: Update) -> Headers:
    """The headers of ``files``; a file that cannot be read is told of, and the others go on."""
    seconds, rates, refused = {}, Counter[int](), []
    for number, file in enumerate(files):
        tell(number, len(files))
        try:
            header = read_header(Path(file))
        except InputError as error:
            refused.append(str(error))
            continue
        seconds[file] = header.seconds
        rates[header.sample_rate] += 1
    tell(len(files), len(files))
    return Headers(pd.Series(seconds, dtype="float64"), dict(rates.most_common()), tuple(refused))
