"""From a signal to what the networks read: filterbanks, their changes over time, and an utterance's normalisation."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from fedser.features.extractor import Signal
from fedser.features.fbank import Fbank
from fedser.features.s3prl.checkpoint import Part

_EPSILON = 1e-10


class Audio(Part, extra="forbid"):
    """The ``audio`` settings of APC, VQ-APC and NPC; lengths are in milliseconds."""

    feat_type: Literal["fbank"]
    feat_dim: int
    frame_length: float = 25.0
    frame_shift: float = 10.0
    cmvn: bool = True
    decode_wav: bool = False
    """How training read its files; nothing depends on it here."""

    def inputs(self, signal: Signal) -> Tensor:
        """Filterbanks [frames, feat_dim] of Hamming windows, normalised over the utterance where ``cmvn`` says so."""
        frames = filterbanks(signal, Fbank(self.feat_dim, "hamming", self.frame_length, self.frame_shift))
        return normalised(frames) if self.cmvn else frames


def filterbanks(signal: Signal, settings: Fbank) -> Tensor:
    """All log energies [frames, filters] of ``signal`` [samples]."""
    return torch.from_numpy(np.concatenate([np.empty((0, settings.filters), np.float32), *settings.stream(signal)]))


def normalised(frames: Tensor) -> Tensor:
    """Mean 0 and deviation 1 in each feature of ``frames`` [frames, features]; one frame has none, and is NaN."""
    if len(frames) < 2:
        return torch.full_like(frames, torch.nan)
    deviation, mean = torch.std_mean(frames, dim=0)
    return (frames - mean) / (deviation + _EPSILON)


def with_deltas(frames: Tensor, order: int, window: int = 5) -> Tensor:
    """``frames`` [frames, features] and their first to ``order``-th changes, [frames, (order + 1) features].

    A change is the slope of a line through ``window`` frames, of which the outermost stand for those beyond them.
    """
    columns = [frames]
    for _ in range(order):
        columns.append(_slope(columns[-1], (window - 1) // 2))
    return torch.cat(columns, dim=1)


def _slope(frames: Tensor, reach: int) -> Tensor:
    padded = torch.cat([frames[:1].expand(reach, -1), frames, frames[-1:].expand(reach, -1)])
    steps = range(-reach, reach + 1)
    rise = sum(step * padded[reach + step : reach + step + len(frames)] for step in steps)
    return torch.as_tensor(rise) / sum(step**2 for step in steps)
