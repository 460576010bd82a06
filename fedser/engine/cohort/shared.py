"""A float32 matrix that several processes read and write."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

from fedser.errors import EngineError

Shared = np.ndarray[Any, np.dtype[np.float32]]
Shape = tuple[int, ...]


class _Memory(SharedMemory):
    """Shared memory that may be forgotten before the arrays that look into it: the system frees it after them."""

    _fd: int  # the file behind it

    def claim(self) -> None:
        """Take all of it now: the process that touches what is not to be had later is killed (SIGBUS)."""
        try:
            os.posix_fallocate(self._fd, 0, self.size)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise EngineError(
                f"engine.workers: they need {self.size / 2**20:.0f} MiB of shared memory, and /dev/shm has less;"
                " choose 1, or give this machine more (docker run --shm-size)"
            ) from error

    def __del__(self) -> None:
        with suppress(BufferError):
            super().__del__()


class SharedMatrix:
    """A matrix of ``shape`` in shared memory, found by ``name``; it must live as long as ``array`` is used."""

    def __init__(self, memory: _Memory, shape: Shape) -> None:
        self._memory, self.name = memory, memory.name
        self.array: Shared = np.ndarray(shape, np.float32, memory.buf)


@contextmanager
def made(shape: Shape) -> Iterator[SharedMatrix]:
    """A new matrix, which no other process can find any more when the block is left.

    Raises EngineError where the system has no more shared memory.
    """
    memory = _Memory(create=True, size=4 * int(np.prod(shape)))
    try:
        memory.claim()
        yield SharedMatrix(memory, shape)
    finally:
        memory.unlink()


def attached(name: str, shape: Shape) -> SharedMatrix:
    """The matrix of that name and shape, made by another process."""
    return SharedMatrix(_Memory(name), shape)
