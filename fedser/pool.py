"""Batches of work over spawned processes, so that what is finished stays finished however the run ends.

A worker ignores Ctrl-C (the process that started it stops handing out work and lets it finish its batch), leaves when
that process is killed (by itself it would wait for work for ever), and its death is an error.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from fedser.errors import FedserError

Task = TypeVar("Task")
Result = TypeVar("Result")


class WorkerError(FedserError):
    """A worker process that died."""

    exit_code = 1


def run_all(
    work: Callable[[Task], Result], tasks: Sequence[Task], processes: int, finished: Callable[[Result], None]
) -> None:
    """Call ``finished`` with ``work(task)`` of every task, in the order in which they end.

    With one process everything happens in the caller's own. What ``work`` raises is raised here; WorkerError when
    a worker dies.
    """
    if min(processes, len(tasks)) <= 1:
        for task in tasks:
            finished(work(task))
        return
    context = multiprocessing.get_context("spawn")
    with (
        _one_thread_each(),
        ProcessPoolExecutor(min(processes, len(tasks)), mp_context=context, initializer=_begin) as pool,
    ):
        try:
            _hand_out(pool, work, tasks, processes, finished)
        except BrokenProcessPool as error:
            raise WorkerError(
                "a worker process died (killed, or out of memory?); finished batches are kept, run again to resume"
            ) from error


def _hand_out(
    pool: ProcessPoolExecutor,
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    processes: int,
    finished: Callable[[Result], None],
) -> None:
    """Never more tasks under way than processes, so that an end in between waits for those alone."""
    pending: set[Future[Result]] = set()
    for task in tasks:
        if len(pending) == processes:
            pending = _collect(pending, finished)
        pending.add(pool.submit(work, task))
    while pending:
        pending = _collect(pending, finished)


def _collect(pending: set[Future[Result]], finished: Callable[[Result], None]) -> set[Future[Result]]:
    done, rest = wait(pending, return_when=FIRST_COMPLETED)
    for future in done:
        finished(future.result())
    return rest


@contextmanager
def _one_thread_each() -> Iterator[None]:
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


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
