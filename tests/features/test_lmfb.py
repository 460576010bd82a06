"""Log mel filterbanks against their definition, streamed, framed and pooled."""

import numpy as np
import pytest

from fedser.features import fbank
from fedser.features.fbank import Fbank
from fedser.features.lmfb import Lmfb


def by_definition(frame: np.ndarray, window: np.ndarray, filters: int) -> np.ndarray:
    """Kaldi's log energies of one frame [400], step by step in float64."""
    frame = frame.astype(np.float64) - frame.mean(dtype=np.float64)
    frame = frame - 0.97 * np.concatenate([frame[:1], frame[:-1]])
    power = np.abs(np.fft.rfft(frame * window, 512)) ** 2
    mel = 1127 * np.log(1 + np.arange(257) * 16000 / 512 / 700)
    corners = np.linspace(1127 * np.log(1 + 20 / 700), 1127 * np.log(1 + 8000 / 700), filters + 2)
    rising = (mel - corners[:-2, None]) / (corners[1:-1] - corners[:-2])[:, None]
    falling = (corners[2:, None] - mel) / (corners[2:] - corners[1:-1])[:, None]
    return np.log(np.maximum(np.finfo(np.float32).eps, np.maximum(0, np.minimum(rising, falling)) @ power))


HAMMING = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(400) / 399)
POVEY = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)) ** 0.85


@pytest.mark.parametrize(
    ("settings", "window"), [(Fbank(40), POVEY), (Fbank(80, "hamming"), HAMMING)], ids=["lmfb", "apc"]
)
def test_frames_are_what_the_definition_says(make_voice, settings: Fbank, window: np.ndarray) -> None:
    signal = make_voice(0.3)
    (frames,) = settings.stream(signal)
    assert frames.shape == (1 + (len(signal) - 400) // 160, settings.filters)
    for number, frame in enumerate(frames):
        expected = by_definition(signal[160 * number : 160 * number + 400], window, settings.filters)
        np.testing.assert_allclose(frame, expected, atol=1e-3)


def test_a_stream_in_blocks_changes_no_bit(make_voice, monkeypatch: pytest.MonkeyPatch) -> None:
    signal = make_voice(1.0)
    whole, mean = Lmfb().extract(signal, 16000), Lmfb(pooling="mean").extract(signal, 16000)
    monkeypatch.setattr(fbank, "_BLOCK", 1000)
    assert len(list(Fbank(40).stream(signal))) == 16
    assert Lmfb().extract(signal, 16000).tobytes() == whole.tobytes()
    np.testing.assert_allclose(Lmfb(pooling="mean").extract(signal, 16000), mean, rtol=1e-6)


def test_the_mean_is_that_of_the_frames(make_voice) -> None:
    frames = Lmfb().extract(make_voice(), 16000)
    assert frames.shape == (48, 40)
    mean = Lmfb(pooling="mean").extract(make_voice(), 16000)
    np.testing.assert_allclose(mean, frames.mean(axis=0, dtype=np.float64), rtol=1e-6)
    assert (Lmfb().framed, Lmfb(pooling="mean").framed) == (True, False)


def test_less_than_a_frame_gives_none(make_voice) -> None:
    short = make_voice()[:399]
    assert Lmfb().extract(short, 16000).shape == (0, 40)
    assert np.isnan(Lmfb(pooling="mean").extract(short, 16000)).all()


def test_nothing_random_is_added(make_voice) -> None:
    first, second = (Lmfb().extract(make_voice(), 16000) for _ in range(2))
    assert first.tobytes() == second.tobytes()
