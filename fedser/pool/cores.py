"""How much this process may do at once."""

import os


def cores() -> int:
    """The processor cores that this process may use, which may be fewer than the machine has."""
    return len(os.sched_getaffinity(0))
