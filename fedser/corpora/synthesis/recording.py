"""The room, microphone and gain of one synthetic corpus: a short filter, background noise, and a level."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fedser.audio import Wave
from fedser.corpora.synthesis.glottis import noise
from fedser.seeds import Stream

_TAPS = 33


@dataclass(frozen=True)
class Recording:
    """What a corpus's equipment does to speech."""

    taps: np.ndarray[Any, np.dtype[np.float32]]
    """Impulse response of the microphone [33]."""
    gain: float
    """Factor from the pressure at the lips to the file's full scale of 1."""
    floor: float
    """Standard deviation of the background noise, full scale 1."""


def draw_recording(stream: Stream) -> Recording:
    """A microphone with a frequency response of its own (about 3 dB), at some level and noise floor."""
    rng = stream.numpy()
    response = 10.0 ** (np.interp(np.arange(17), np.linspace(0, 16, 6), rng.normal(0.0, 3.0, 6)) / 20.0)
    taps = np.roll(np.fft.irfft(response, _TAPS - 1), _TAPS // 2)
    taps = np.append(taps, taps[0]) * np.hanning(_TAPS + 2)[1:-1]
    return Recording(
        taps=taps.astype(np.float32),
        gain=float(10.0 ** (rng.uniform(-34.0, -28.0) / 20.0)),
        floor=float(10.0 ** (rng.uniform(-70.0, -55.0) / 20.0)),
    )


def record(stream: Stream, wave: Wave, recording: Recording) -> np.ndarray[Any, np.dtype[np.int16]]:
    """``wave`` as the corpus's file holds it: 16-bit samples, clipped at full scale."""
    heard = np.convolve(wave, recording.taps, mode="same") * recording.gain
    heard += recording.floor * noise(stream, len(heard))
    return np.rint(np.clip(heard, -1.0, 1.0) * 32767.0).astype(np.int16)
