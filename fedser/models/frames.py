"""Utterances as frames over time, of which each has another number: as they lie on disk, and as a batch of them.

A batch is padded at the ends to its longest utterance. Where there is a frame is told by one more channel, the last:
one at each frame, zero behind the last one, where the features are zeros, too. So lengths go wherever frames go.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

Floats = np.ndarray[Any, np.dtype[np.float32]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

AT_ONCE = 32
"""Utterances in one forward pass, at most, where nothing is learnt from them: maps of all frames are large."""


@dataclass(frozen=True)
class Frames:
    """The frames of utterance ``i`` are ``rows[offsets[i] : offsets[i + 1]]``: float32 [frames, features]."""

    rows: Floats
    offsets: Ints

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def shape(self) -> tuple[int, int]:
        """(utterances, features)."""
        return len(self), int(self.rows.shape[1])

    @property
    def lengths(self) -> Ints:
        """The number of frames of each utterance, int64 [utterances]."""
        return np.diff(self.offsets)

    def __getitem__(self, chosen: Ints | slice) -> Floats:
        """The chosen utterances as a batch, float32 [chosen, time, features + 1]."""
        starts, ends = self.offsets[:-1][chosen], self.offsets[1:][chosen]
        batch = np.zeros((len(starts), int((ends - starts).max(initial=1)), self.shape[1] + 1), dtype=np.float32)
        for utterance, start, end in zip(batch, starts.tolist(), ends.tolist(), strict=True):
            utterance[: end - start, :-1] = self.rows[start:end]
            utterance[: end - start, -1] = 1
        return batch

    def means(self) -> Floats:
        """The mean frame of each utterance, float32 [utterances, features]."""
        each = (self.rows[start:end].mean(axis=0, dtype=np.float64) for start, end in self._spans)
        return np.stack(list(each)).astype(np.float32)

    @property
    def _spans(self) -> list[tuple[int, int]]:
        return list(zip(self.offsets[:-1].tolist(), self.offsets[1:].tolist(), strict=True))


def parted(batch: Tensor) -> tuple[Tensor, Tensor]:
    """The frames [batch, time, features] of a batch, and where there are any: bool [batch, time]."""
    return batch[..., :-1], batch[..., -1] > 0


def trimmed(batch: Tensor) -> Tensor:
    """A part of a batch without the padding that all its utterances have."""
    return batch[:, : max(1, int(batch[..., -1].sum(dim=1).max()))] if len(batch) else batch
