"""What must be said before torch, flwr or ray is loaded, so that the figures of two runs can be compared."""

import os


def steady() -> None:
    """One thread a process, here and in all processes started from here, unless the user has said otherwise."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
