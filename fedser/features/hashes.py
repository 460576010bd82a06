"""The SHA-256 of files, remembered by how a file looked when it was read: ten thousand files are not read again.

A file is taken for unchanged while its size, its inode and both its times are what they were; a change of its content
moves ctime, which nobody can set. What has changed just before it is read is not remembered: a second change within
the same tick of the file system's clock would leave no trace.
"""

import json
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from fedser.artifacts.files import file_hash, value_hash, write_json
from fedser.errors import InputError

_SETTLED = 2_000_000_000
"""Nanoseconds that a file must have been left alone: the coarsest clock of a file system in use ticks so."""


class Look(NamedTuple):
    """What the file system tells of a file."""

    size: int
    inode: int
    modified: int
    changed: int


class Hashed(NamedTuple):
    """A file's hash, and how it looked both before and after it was read; None where that cannot be relied on."""

    value: str
    look: Look | None


Book = dict[str, Hashed]
"""What is remembered, by path."""


def file_hashes(paths: Sequence[Path], folder: Path, threads: int) -> list[str | OSError]:
    """The SHA-256 of each file, in hex, or why it cannot be read; what is remembered of them lies in ``folder``.

    Raises InputError where that is damaged. Two processes may do this at once: at worst one forgets what it read.
    """
    if not paths:
        return []
    place = _place(paths, folder)
    book = _read(place)
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(lambda path: _hashed(path, book), paths))
    read = {str(path): hashed for path, hashed in zip(paths, found, strict=True) if isinstance(hashed, Hashed)}
    new = {path: hashed for path, hashed in read.items() if hashed.look is not None and hashed != book.get(path)}
    if new:
        _write(place, _read(place) | new)
    return [hashed.value if isinstance(hashed, Hashed) else hashed for hashed in found]


def _hashed(path: Path, book: Mapping[str, Hashed]) -> Hashed | OSError:
    try:
        look, now = _look(path), time.time_ns()
        known = book.get(str(path))
        if known is not None and known.look == look:
            return known
        value = file_hash(path)
        settled = max(look.modified, look.changed) < now - _SETTLED and _look(path) == look
    except OSError as error:
        return error
    return Hashed(value, look if settled else None)


def _look(path: Path) -> Look:
    status = path.stat()
    return Look(status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)


def _place(paths: Sequence[Path], folder: Path) -> Path:
    """One book for a corpus: by the folder that all its files lie below."""
    root = os.path.commonpath([path.parent.absolute() for path in paths])
    return folder / f"{value_hash(root)[:16]}.json"


def _read(place: Path) -> Book:
    try:
        text = place.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    try:
        return {path: Hashed(value, Look(*look)) for path, (value, look) in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{place}: damaged hashes ({error}); delete this file and run again") from error


def _write(place: Path, book: Book) -> None:
    write_json(place, {path: [hashed.value, hashed.look] for path, hashed in book.items()})
