"""The audio of a synthetic corpus on disk: FLAC files, made in parallel, each whole or not there."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import soundfile

from fedser.artifacts.files import write_atomic
from fedser.corpora.synthesis.cast import SAMPLE_RATE, Cast, Line
from fedser.pool import run_all

_SMALLEST_TASK = 100
"""Utterances (about a second of work) for which another process is worth its start."""


@dataclass(frozen=True)
class Task:
    """Lines to be recorded, each to its file."""

    cast: Cast
    lines: tuple[tuple[Line, Path], ...]


def record_all(
    cast: Cast, lines: Sequence[tuple[Line, Path]], workers: int, progress: Callable[[int, int], None]
) -> None:
    """Write the audio file of each line; the files are the same for any number of ``workers`` (processes)."""
    size = max(_SMALLEST_TASK, -(-len(lines) // (8 * workers)))
    tasks = [Task(cast, tuple(lines[start : start + size])) for start in range(0, len(lines), size)]
    done = 0
    progress(done, len(lines))

    def finished(recorded: int) -> None:
        nonlocal done
        done += recorded
        progress(done, len(lines))

    run_all(record_task, tasks, workers, finished)


def record_task(task: Task) -> int:
    """Write the files of one task; returns how many."""
    for line, path in task.lines:
        encoded = io.BytesIO()
        soundfile.write(encoded, task.cast.perform(line), SAMPLE_RATE, format="FLAC", subtype="PCM_16")
        write_atomic(path, partial(_write, encoded.getvalue()))
    return len(task.lines)


def _write(audio: bytes, path: Path) -> None:
    path.write_bytes(audio)
