"""A float32 matrix that several processes read and write."""

from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

Shared = np.ndarray[Any, np.dtype[np.float32]]
Shape = tuple[int, ...]


@contextmanager
def made(shape: Shape) -> Iterator[tuple[str, Shared]]:
    """A new matrix and its name; gone from the machine when the block is left."""
    memory = SharedMemory(create=True, size=4 * int(np.prod(shape)))
    try:
        yield memory.name, np.ndarray(shape, np.float32, memory.buf)
    finally:
        memory.unlink()


def attached(name: str, shape: Shape) -> tuple[SharedMemory, Shared]:
    """The matrix of that name and shape; the first value must live as long as it."""
    memory = SharedMemory(name)
    return memory, np.ndarray(shape, np.float32, memory.buf)
