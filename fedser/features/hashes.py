"""The SHA-256 of files, remembered by how a file looked when it was read: ten thousand files are not read again.

A file is taken for unchanged while its size, its inode and both its times are what they were; a change of its content
moves ctime, which nobody can set. What has changed just before it is read is not remembered: a second change within
the same tick of the file system's clock would leave no trace.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from fedser.artifacts.files import file_hash, value_hash, write_atomic
from fedser.errors import InputError

_SETTLED = 2_000_000_000
"""Nanoseconds that a file must have been left alone: the coarsest clock of a file system in use ticks so."""

_CHUNK = 64
"""Files that a thread is given at once."""


class Hashed(NamedTuple):
    """A file's hash, and how it looked both before and after it was read; empty where that cannot be relied on."""

    value: str
    look: str


Book = dict[str, Hashed]
"""What is remembered, by path."""


def file_hashes(paths: Sequence[str], folder: Path, threads: int) -> list[str | OSError]:
    """The SHA-256 of each file, in hex, or why it cannot be read; what is remembered of them lies in ``folder``.

    Raises InputError where that is damaged. Two processes may do this at once: at worst one forgets what it read.
    """
    if not paths:
        return []
    place = _place(paths, folder)
    book = _read(place)
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    with ThreadPoolExecutor(threads) as pool:
        found = list(chain.from_iterable(pool.map(lambda chunk: [_hashed(path, book) for path in chunk], chunks)))
    read = {path: hashed for path, hashed in zip(paths, found, strict=True) if isinstance(hashed, Hashed)}
    new = {path: hashed for path, hashed in read.items() if hashed.look and hashed != book.get(path)}
    if new:
        _write(place, _read(place) | new)
    return [hashed.value if isinstance(hashed, Hashed) else hashed for hashed in found]


def _hashed(path: str, book: Mapping[str, Hashed]) -> Hashed | OSError:
    try:
        now, status = time.time_ns(), Path(path).stat()
        look, known = _look(status), book.get(path)
        if known is not None and known.look == look:
            return known
        value = file_hash(Path(path))
        settled = max(status.st_mtime_ns, status.st_ctime_ns) < now - _SETTLED
        return Hashed(value, look if settled and _look(Path(path).stat()) == look else "")
    except OSError as error:
        return error


def _look(status: os.stat_result) -> str:
    """What the file system tells of a file, as one word."""
    return f"{status.st_size}-{status.st_ino}-{status.st_mtime_ns}-{status.st_ctime_ns}"


def _place(paths: Sequence[str], folder: Path) -> Path:
    """One book for a corpus: by the folder that all its files lie below."""
    root = os.path.commonpath({Path(path).parent.absolute() for path in paths})
    return folder / f"{value_hash(root)[:16]}.txt"


def _read(place: Path) -> Book:
    try:
        with place.open(encoding="utf-8") as stream:
            return dict(map(_entry, stream))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise InputError(f"{place}: damaged hashes ({error}); delete this file and run again") from error


def _write(place: Path, book: Book) -> None:
    write_atomic(place, lambda part: _write_lines(part, book))


def _write_lines(path: Path, book: Book) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(_lines(book))


def _lines(book: Book) -> Iterator[str]:
    """A line per file: its hash, how it looked, and its path as JSON, which may hold any character."""
    return (f"{value} {look} {json.dumps(path)}\n" for path, (value, look) in book.items())


def _entry(line: str) -> tuple[str, Hashed]:
    value, look, path = line.split(" ", 2)
    return str(json.loads(path)), Hashed(value, look)
