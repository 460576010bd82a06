"""Reading audio: channels, rates, formats, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from fedser import audio
from fedser.audio import audio_seconds, has_signal, is_pointer, read_audio, read_header
from fedser.errors import InputError

POINTER = (
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32\nsize 12345\n"
)


def tone(rate: int, hertz: float, seconds: float = 1.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_wave_at_the_wanted_rate_is_read_as_it_is(tmp_path: Path, suffix: str) -> None:
    written = np.array([0.0, 0.25, -0.5, 0.125])
    soundfile.write(tmp_path / f"a{suffix}", written, 16000)
    wave = read_audio(tmp_path / f"a{suffix}", 16000)
    assert wave.dtype == np.float32
    assert wave.tolist() == written.tolist()


def test_stereo_becomes_the_mean_of_its_channels(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.array([[0.5, 0.25], [-0.5, 0.0]]), 16000)
    assert read_audio(tmp_path / "a.wav", 16000).tolist() == [0.375, -0.25]


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
def test_other_rates_are_resampled_without_aliasing(tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "a.wav", tone(rate, 440.0), rate)
    wave = read_audio(tmp_path / "a.wav", 16000)
    assert wave.dtype == np.float32
    assert len(wave) == 16000
    assert wave[1000:15000] == pytest.approx(tone(16000, 440.0)[1000:15000], abs=2e-3)


def test_what_lies_above_half_the_wanted_rate_is_gone(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(48000, 12000.0), 48000)
    assert np.abs(read_audio(tmp_path / "a.wav", 16000)[1000:15000]).max() < 1e-3


def test_seconds_and_rate_come_from_the_header(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.flac", tone(22050, 440.0, 1.5), 22050)
    assert audio_seconds(tmp_path / "a.flac") == pytest.approx(1.5)
    assert read_header(tmp_path / "a.flac").sample_rate == 22050


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_audio(path, 16000)
    return str(caught.value)


def test_a_git_lfs_pointer_says_what_to_run(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_text(POINTER)
    assert is_pointer(path)
    assert refusal(path) == f"{path}: a git-lfs pointer, not audio; run `git lfs pull` in its repository"
    with pytest.raises(InputError, match="git lfs pull"):
        audio_seconds(path)


def test_a_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.wav") == f"{tmp_path}/a.wav: no such file"


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    assert refusal(tmp_path / "a.wav") == f"{tmp_path}/a.wav: an empty file"


def test_a_file_that_is_not_audio(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("not a wave")
    assert refusal(tmp_path / "a.wav") == f"{tmp_path}/a.wav: not readable as audio (Format not recognised)"


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 16000), 16000)
    path.write_bytes(path.read_bytes()[:8000])
    assert refusal(path).startswith(f"{path}: not readable as audio (Error : flac decoder lost sync")


def test_a_file_without_samples(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16000)
    assert refusal(tmp_path / "a.wav") == f"{tmp_path}/a.wav: no samples"


def test_samples_that_are_not_numbers(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.array([np.nan, 1.0]), 16000, subtype="FLOAT")
    assert refusal(tmp_path / "a.wav") == f"{tmp_path}/a.wav: samples that are not finite numbers"


@pytest.mark.parametrize(("samples", "sounds"), [([0.0, 0.0, 0.0], False), ([0.0, 0.25, 0.0], True), ([], False)])
def test_a_signal_is_more_than_zeros(tmp_path: Path, samples: list[float], sounds: bool) -> None:
    soundfile.write(tmp_path / "a.wav", np.array(samples), 16000)
    assert has_signal(tmp_path / "a.wav") == sounds


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
@pytest.mark.parametrize("block", [1000, 4096])
def test_long_audio_is_read_in_blocks_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate: int, block: int
) -> None:
    channels = np.random.default_rng(0).uniform(-0.5, 0.5, (rate // 2 + 7, 2))
    soundfile.write(tmp_path / "a.wav", channels, rate)
    whole = read_audio(tmp_path / "a.wav", 16000)
    monkeypatch.setattr(audio, "_BLOCK", block)
    assert read_audio(tmp_path / "a.wav", 16000).tobytes() == whole.tobytes()
    mono = soundfile.read(tmp_path / "a.wav", dtype="float32")[0].mean(axis=1)
    at_once = mono if rate == 16000 else soxr.resample(mono, rate, 16000)
    assert whole.tobytes() == at_once.tobytes()
