"""Memory that is freed stays with the process: a round, or an utterance, frees and takes the same megabytes again.

By default glibc gives each such array back to the system, which clears its pages anew: a quarter of a FedSGD round, and
a quarter of an utterance in openSMILE.
"""

import ctypes
from functools import cache

_TRIM, _MAPPED = -1, -3
"""M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of ``mallopt``."""

LARGEST = 32 * 2**20
"""Bytes of an array that still comes from the heap: the most that glibc allows."""

KEPT = 512 * 2**20
"""Freed bytes at the end of the heap that are kept, at most."""


@cache
def keep_freed_memory() -> None:
    """Tell the C library of this process so; other libraries than glibc have no such setting and are left alone."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MAPPED, LARGEST)
        mallopt(_TRIM, KEPT)
