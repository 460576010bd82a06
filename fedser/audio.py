"""Audio files as float32 mono waves at a wanted rate: read by libsndfile, resampled by soxr.

Git-lfs leaves small text files (pointers) where the audio should be until ``git lfs pull`` has fetched it.
"""

from collections.abc import Iterator
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
_BLOCK = 2**18
"""Samples of each channel that are decoded at once: of long audio only the wanted signal is ever whole in memory."""


def read_audio(path: Path, sample_rate: int) -> Wave:
    """The signal of ``path`` at ``sample_rate`` (in Hz), float32 [samples]: the mean of its channels.

    Raises InputError, ``<path>: <reason>``, for a missing file, a git-lfs pointer, a file that is not audio or
    is damaged, one without samples, and one whose samples are not all finite.
    """
    waves = list(_resampled(path, sample_rate))
    return waves[0] if len(waves) == 1 else np.concatenate(waves)


def has_signal(path: Path) -> bool:
    """Whether ``path`` is audio that ``read_audio`` reads, and not all silence (zeros)."""
    try:
        heard = [bool(wave.any()) for wave, _ in _mono(path)]  # all of it: damage may come after a signal
    except InputError:
        return False
    return any(heard)


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


def _resampled(path: Path, sample_rate: int) -> Iterator[Wave]:
    """The signal at the wanted rate, block by block: the same bits as at once."""
    stream = None
    for wave, rate in _mono(path):
        if rate == sample_rate:
            yield wave
            continue
        stream = stream or soxr.ResampleStream(rate, sample_rate, 1, dtype="float32")
        yield stream.resample_chunk(wave)
    if stream is not None:
        yield stream.resample_chunk(np.empty(0, np.float32), last=True)


def _mono(path: Path) -> Iterator[tuple[Wave, int]]:
    """The mean of the channels, block by block, and their sample rate in Hz."""
    try:
        with soundfile.SoundFile(path) as file:
            samples = 0
            for channels in file.blocks(_BLOCK, dtype="float32", always_2d=True):
                wave: Wave = channels.mean(axis=1)
                if not np.isfinite(wave).all():
                    raise InputError(f"{path}: samples that are not finite numbers")
                samples += len(wave)
                yield wave, file.samplerate
    except soundfile.LibsndfileError as error:
        _refuse(path, error)
    if not samples:
        raise InputError(f"{path}: no samples")


def _refuse(path: Path, error: soundfile.LibsndfileError) -> NoReturn:
    if not path.is_file():
        raise InputError(f"{path}: no such file") from error
    if is_pointer(path):
        raise InputError(f"{path}: a git-lfs pointer, not audio; run `git lfs pull` in its repository") from error
    if not path.stat().st_size:
        raise InputError(f"{path}: an empty file") from error
    reason = str(error.error_string).rstrip(".")
    raise InputError(f"{path}: not readable as audio ({reason})") from error
