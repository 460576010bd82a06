"""A process that works for another: it uses one thread, ignores Ctrl-C, and ends when the other does."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fedser.errors import FedserError


class WorkerError(FedserError):
    """A worker process that died."""

    exit_code = 1


def died(kept: str) -> WorkerError:
    """The error of a worker that is gone; ``kept`` says what is not."""
    return WorkerError(
        f"a worker process died (killed, or out of memory?); finished {kept} are kept, run again to resume"
    )


def belong() -> None:
    """Make this process end with the one that started it: by itself it would wait for that one's work for ever."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Processes started meanwhile never hear of Ctrl-C; this one, which decides what it means, hears of it after."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Processes started meanwhile use one thread each: a library reads this variable when it is loaded."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
