"""The vocal tract: a source filtered by formants that move, frame by frame (Klatt 1980, a cascade of resonators)."""

from typing import Any

import numpy as np

from fedser.audio import Wave

Frames = np.ndarray[Any, np.dtype[np.floating[Any]]]

# Mean formants F1, F2, F3 in Hz of the vowels i e ae a o u of men (Peterson and Barney 1952, table II), raised by
# 8 % to the middle between men and women.
VOWELS = np.float32(1.08) * np.array(
    [
        [270.0, 2290.0, 3010.0],
        [530.0, 1840.0, 2480.0],
        [660.0, 1720.0, 2410.0],
        [730.0, 1090.0, 2440.0],
        [570.0, 840.0, 2410.0],
        [300.0, 870.0, 2240.0],
    ],
    np.float32,
)
_BANDWIDTHS = np.array([70.0, 100.0, 150.0], np.float32)
_HIGHER = np.array([3600.0, 4600.0, 5700.0, 6800.0], np.float32)
_HIGHER_BANDWIDTHS = np.array([220.0, 280.0, 350.0, 450.0], np.float32)


def envelope(formants: Frames, tract: float, tilt: float, frequencies: Frames) -> Frames:
    """Gain [frames, frequencies] of a tract with ``formants`` [frames, 3] and ``tilt`` (dB per octave), in Hz."""
    moving = _resonators(formants[..., None], _BANDWIDTHS[:, None], frequencies).prod(axis=-2)
    fixed = _resonators(tract * _HIGHER[:, None], _HIGHER_BANDWIDTHS[:, None], frequencies).prod(axis=-2)
    slope = 10.0 ** (tilt / 20.0 * np.log2(np.maximum(frequencies, 500.0) / 500.0))
    gains: Frames = np.sqrt(moving * fixed) * slope
    return gains


def filter_frames(source: Frames, gains: Frames, hop: int) -> Wave:
    """``source`` [samples] with each frame's spectrum weighted by ``gains`` [frames, bins], at ``hop`` samples.

    Frames of two hops overlap by half under Hann windows, which add up to one (the first and the last hop fade). The
    gains have no phase, and the transform (2 * bins - 2 samples) has room for what they smear to either side.
    """
    frames, size = len(gains), 2 * gains.shape[1] - 2
    padded = np.zeros((frames + 1) * hop, np.float32)
    padded[: len(source)] = source[: len(padded)]
    window = np.hanning(2 * hop + 1)[:-1].astype(np.float32)
    pieces = np.lib.stride_tricks.sliding_window_view(padded, 2 * hop)[::hop] * window
    spectra = np.fft.rfft(pieces, size) * gains
    smeared = np.roll(np.fft.irfft(spectra, size), size // 2 - hop, axis=1)
    out: Wave = np.zeros(len(padded) + size, np.float32)
    for frame, piece in enumerate(smeared):
        out[frame * hop : frame * hop + size] += piece
    start = size // 2 - hop
    return out[start : start + len(source)]


def _resonators(centre: Frames, bandwidth: Frames, frequencies: Frames) -> Frames:
    """The power gain of second-order resonators, 1 at frequency 0."""
    half = (bandwidth / 2.0) ** 2
    top = (centre**2 + half) ** 2
    gains: Frames = top / (((frequencies - centre) ** 2 + half) * ((frequencies + centre) ** 2 + half))
    return gains
