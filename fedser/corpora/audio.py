"""Audio files as float32 mono waves at a wanted rate: read by libsndfile, resampled by soxr.

Git-lfs leaves small text files (pointers) where the audio should be until ``git lfs pull`` has fetched it.
"""

from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import soundfile
import soxr

from fedser.errors import InputError

AUDIO_SUFFIXES = (".wav", ".flac")
"""The suffixes, in lower case, under which readers look for a corpus's audio."""

Wave = np.ndarray[Any, np.dtype[np.float32]]
"""A signal [samples], 1.0 is full scale."""

_POINTER = b"version https://git-lfs"


def read_audio(path: Path, sample_rate: int) -> Wave:
    """The signal of ``path`` at ``sample_rate`` (in Hz), float32 [samples]: the mean of its channels.

    Raises InputError, ``<path>: <reason>``, for a missing file, a git-lfs pointer, a file that is not audio or
    is damaged, one without samples, and one whose samples are not all finite.
    """
    wave, rate = _mono(path)
    return wave if rate == sample_rate else np.asarray(soxr.resample(wave, rate, sample_rate), np.float32)


def has_signal(path: Path) -> bool:
    """Whether ``path`` is audio that ``read_audio`` reads, and not all silence (zeros)."""
    try:
        wave, _ = _mono(path)
    except InputError:
        return False
    return bool(wave.any())


class Header(NamedTuple):
    """What an audio file says of itself."""

    seconds: float
    sample_rate: int
    """In Hz."""


def read_header(path: Path) -> Header:
    """What the header of ``path`` states; raises InputError as ``read_audio`` does."""
    try:
        info = soundfile.info(path)
    except soundfile.LibsndfileError as error:
        _refuse(path, error)
    return Header(float(info.duration), int(info.samplerate))


def audio_seconds(path: Path) -> float:
    """The duration that the header of ``path`` states, in seconds; raises InputError as ``read_audio`` does."""
    return read_header(path).seconds


def is_pointer(path: Path) -> bool:
    """Whether ``path`` is a git-lfs pointer in the place of the file it stands for."""
    with path.open("rb") as stream:
        return stream.read(len(_POINTER)) == _POINTER


def _mono(path: Path) -> tuple[Wave, int]:
    """The mean of the channels, and their sample rate in Hz."""
    try:
        channels, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        _refuse(path, error)
    if not len(channels):
        raise InputError(f"{path}: no samples")
    wave: Wave = channels.mean(axis=1)
    if not np.isfinite(wave).all():
        raise InputError(f"{path}: samples that are not finite numbers")
    return wave, rate


def _refuse(path: Path, error: soundfile.LibsndfileError) -> NoReturn:
    if not path.is_file():
        raise InputError(f"{path}: no such file") from error
    if is_pointer(path):
        raise InputError(f"{path}: a git-lfs pointer, not audio; run `git lfs pull` in its repository") from error
    if not path.stat().st_size:
        raise InputError(f"{path}: an empty file") from error
    reason = str(error.error_string).rstrip(".")
    raise InputError(f"{path}: not readable as audio ({reason})") from error
