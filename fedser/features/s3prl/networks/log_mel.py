"""The log mel spectrum that TERA was trained on: of a signal of a set loudness, in windows that reach past its ends.

The filters are HTK's (Young et al., "The HTK book"): triangles whose corners are equidistant in mel.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from fedser.features.extractor import Signal
from fedser.features.fbank import SAMPLE_RATE
from fedser.features.s3prl.checkpoint import Part
from fedser.features.s3prl.networks.frontend import normalised, with_deltas

_EPSILON = 1e-10
_BLOCK = 3000  # frames of which the spectrum is held at a time


class _Mel(Part, extra="forbid"):
    feat_type: Literal["mel"]
    log: bool = False
    delta: int = 0
    cmvn: bool = False
    channel: int = 0
    """Which view of the audio training took; there is one here."""


class LogMel(Part):
    """The ``audio`` settings of TERA's log mel checkpoints: decibels, milliseconds, bins, filters."""

    target_level: float
    win_ms: float = 25.0
    hop_ms: float = 10.0
    n_freq: int = 201
    n_mels: int = 40
    sample_rate: Literal[16000] = 16000
    input: _Mel

    @property
    def features(self) -> int:
        """How many features a frame has."""
        return self.n_mels * (1 + self.input.delta)

    def inputs(self, signal: Signal) -> Tensor:
        """The spectrum [frames, features] of ``signal`` [samples]; none of less than one window."""
        if len(signal) < max(self._window, self.n_freq):
            return torch.empty(0, self.features)
        frames = torch.cat(list(self._mel(torch.tensor(signal))))
        if self.input.log:
            frames = (frames + _EPSILON).log()
        frames = with_deltas(frames, self.input.delta)
        return normalised(frames) if self.input.cmvn else frames

    @property
    def _window(self) -> int:
        return round(self.win_ms * SAMPLE_RATE / 1000)

    def _mel(self, signal: Tensor) -> Iterator[Tensor]:
        """Energies [frames, n_mels] of windows around every hop, the signal mirrored at its ends."""
        hop, bins = round(self.hop_ms * SAMPLE_RATE / 1000), 2 * (self.n_freq - 1)
        loud = signal * (10 ** (self.target_level / 20) / (signal.pow(2).mean().sqrt() + _EPSILON))
        mirrored = torch.nn.functional.pad(loud[None], (bins // 2, bins // 2), "reflect")[0]
        filters, window = mel_filters(self.n_freq, self.n_mels), torch.hann_window(self._window)
        frames = 1 + len(signal) // hop
        for start in range(0, frames, _BLOCK):
            part = mirrored[start * hop : (min(start + _BLOCK, frames) - 1) * hop + bins]
            spectrum = torch.stft(part, bins, hop, self._window, window, center=False, return_complex=True)
            yield spectrum.abs().square().T @ filters


def mel_filters(frequencies: int, filters: int) -> Tensor:
    """Triangles [frequencies, filters] of height 1 over ``frequencies`` bins from 0 Hz to 8 kHz."""
    highest = 2595 * np.log10(1 + SAMPLE_RATE / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, highest, filters + 2) / 2595) - 1)
    bins = np.linspace(0, SAMPLE_RATE / 2, frequencies)[:, None]
    widths = np.diff(corners)
    rising, falling = (bins - corners[:-2]) / widths[:-1], (corners[2:] - bins) / widths[1:]
    return torch.from_numpy(np.maximum(0, np.minimum(rising, falling)).astype(np.float32))
