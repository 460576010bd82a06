"""Log mel filterbank energies as Kaldi computes them, streamed: memory does not grow with the length of a signal.

Povey et al. 2011, "The Kaldi speech recognition toolkit"; the arithmetic is that of the package kaldi-native-fbank.
Frames lie wholly inside the signal; each loses its mean and is pre-emphasised (0.97); nothing random (dither) is added.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from fedser.features.extractor import Frames, Signal

SAMPLE_RATE = 16000
_BLOCK = 10 * SAMPLE_RATE


@dataclass(frozen=True)
class Fbank:
    """``filters`` triangles from 20 Hz to 8 kHz over the power of ``window``ed frames; lengths are in milliseconds."""

    filters: int
    window: Literal["povey", "hamming"] = "povey"
    frame_length: float = 25.0
    frame_shift: float = 10.0

    def stream(self, signal: Signal) -> Iterator[Frames]:
        """Natural logarithms, [frames, filters] at a time, of ``signal`` [samples] at 16 kHz; none below one frame."""
        online, done = self._online(), 0
        for start in range(0, len(signal), _BLOCK):
            online.accept_waveform(SAMPLE_RATE, signal[start : start + _BLOCK])
            ready = online.num_frames_ready
            if ready > done:
                yield np.stack([online.get_frame(number) for number in range(done, ready)])
                online.pop(ready - done)
            done = ready

    def _online(self) -> Any:
        import kaldi_native_fbank

        options = kaldi_native_fbank.FbankOptions()
        frame = options.frame_opts
        frame.samp_freq, frame.dither, frame.window_type = SAMPLE_RATE, 0, self.window
        frame.frame_length_ms, frame.frame_shift_ms = self.frame_length, self.frame_shift
        options.mel_opts.num_bins = self.filters
        return kaldi_native_fbank.OnlineFbank(options)
