"""The audio of a synthetic corpus on disk: FLAC files, made in parallel, each whole or not there."""

import io
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import soundfile

from fedser.artifacts.files import write_atomic
from fedser.corpora.synthesis.cast import SAMPLE_RATE, Cast, Line

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
    if min(workers, len(tasks)) <= 1:
        for task in tasks:
            done += record_task(task)
            progress(done, len(lines))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=context) as pool:
        for future in as_completed([pool.submit(record_task, task) for task in tasks]):
            done += future.result()
            progress(done, len(lines))


def record_task(task: Task) -> int:
    """Write the files of one task; returns how many."""
    for line, path in task.lines:
        encoded = io.BytesIO()
        soundfile.write(encoded, task.cast.perform(line), SAMPLE_RATE, format="FLAC", subtype="PCM_16")
        write_atomic(path, partial(_write, encoded.getvalue()))
    return len(task.lines)


def _write(audio: bytes, path: Path) -> None:
    path.write_bytes(audio)
