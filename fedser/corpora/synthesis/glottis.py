"""The voice source: glottal pulses with jitter and shimmer, and aspiration noise (Klatt and Klatt 1990)."""

from typing import Any

import numpy as np

from fedser.audio import Wave
from fedser.seeds import Stream

Samples = np.ndarray[Any, np.dtype[np.floating[Any]]]


def pulses(
    stream: Stream, pitch: Samples, open_quotient: float, jitter: float, shimmer: float, sample_rate: int
) -> tuple[Samples, Samples]:
    """The derivative of the glottal flow and whether the glottis is open (1.0 or 0.0), both [samples].

    ``pitch`` is in Hz [samples]. The flow of an open phase is t^2 - t^3 (KLGLOTT88), so its derivative 2t - 3t^2
    rises slowly and falls to -1 where the glottis closes; each period has its own length and amplitude.
    """
    rng = stream.numpy()
    steps = pitch / sample_rate
    period = np.cumsum(steps).astype(np.intp)
    shape = int(period[-1]) + 1
    phase = np.cumsum(steps * (1.0 + jitter * rng.standard_normal(shape))[period])
    period = np.minimum(phase.astype(np.intp), shape - 1)
    place = (phase - np.floor(phase)) / open_quotient
    opened = place < 1.0
    loudness = 1.0 + shimmer * rng.standard_normal(shape)
    return np.where(opened, place * (2.0 - 3.0 * place), 0.0) * loudness[period], opened.astype(float)


def noise(stream: Stream, samples: int) -> Wave:
    """White noise of standard deviation 1, float32 [samples]."""
    return stream.numpy().standard_normal(samples, dtype=np.float32)
