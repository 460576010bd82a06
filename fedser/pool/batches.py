"""Batches of work over spawned processes, so that what is finished stays finished however the run ends.

On Ctrl-C the process that started the workers stops handing out work, and lets each come to its next ``tell`` or finish
its batch.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from fedser.pool.line import Hear, Line, line, tell_by, told_to
from fedser.pool.worker import belong, deaf_to_interrupts, died, one_thread_each

Task = TypeVar("Task")
Result = TypeVar("Result")


def run_all(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    processes: int,
    finished: Callable[[Result], None],
    heard: Hear = lambda message: None,
) -> None:
    """Call ``finished`` with ``work(task)`` of every task, in the order in which they end.

    ``heard`` is given what ``work`` tells meanwhile. With one process everything happens in the caller's own. What
    ``work`` raises is raised here; WorkerError when a worker dies.
    """
    if min(processes, len(tasks)) <= 1:
        with told_to(heard):
            for task in tasks:
                finished(work(task))
        return
    context = multiprocessing.get_context("spawn")
    with (
        one_thread_each(),
        line(context, heard) as told,
        ProcessPoolExecutor(min(processes, len(tasks)), context, _begin, (told,)) as pool,
    ):
        try:
            _hand_out(pool, work, tasks, processes, finished)
        except BrokenProcessPool as error:
            raise died("batches") from error
        finally:
            told.stop.set()


def _hand_out(
    pool: ProcessPoolExecutor,
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    processes: int,
    finished: Callable[[Result], None],
) -> None:
    """Never more tasks under way than processes, so that an end in between waits for those alone."""
    pending: set[Future[Result]] = set()
    for number, task in enumerate(tasks, 1):
        if len(pending) == processes:
            pending = _collect(pending, finished)
        with deaf_to_interrupts():
            pending.add(pool.submit(_work, work, task))
            if number == min(processes, len(tasks)):
                # A pool watches the processes that it had when it was last given something, but the newest of these.
                pool.submit(_nothing)
    while pending:
        pending = _collect(pending, finished)


def _collect(pending: set[Future[Result]], finished: Callable[[Result], None]) -> set[Future[Result]]:
    done, rest = wait(pending, return_when=FIRST_COMPLETED)
    for future in done:
        finished(future.result())
    return rest


def _nothing() -> None:
    """What wakes a pool."""


_told: list[Line] = []
"""Where this process, as a worker, is told to stop."""


def _begin(told: Line) -> None:
    belong()
    tell_by(told)
    _told.append(told)


def _work(work: Callable[[Task], Result], task: Task) -> Result:
    """In a worker: a process that was still starting when all was stopped begins nothing."""
    _told[0].go_on()
    return work(task)
