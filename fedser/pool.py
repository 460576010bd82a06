"""Batches of work over spawned processes, so that what is finished stays finished however the run ends.

A worker ignores Ctrl-C (the process that started it stops handing out work, and lets it come to its next ``tell`` or
finish its batch), leaves when that process is killed (by itself it would wait for work for ever), and its death is an
error.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import SpawnContext
from multiprocessing.synchronize import Event, Lock
from typing import Any, TypeAlias, TypeVar

from fedser.errors import FedserError

Task = TypeVar("Task")
Result = TypeVar("Result")


Hear = Callable[[Any], None]

Pipe: TypeAlias = "Connection[Any, Any]"

_PATIENCE = 5.0
"""Seconds that a process is given to end by itself."""


class WorkerError(FedserError):
    """A worker process that died."""

    exit_code = 1


class StoppedError(Exception):
    """Raised in a worker by ``tell`` once the process that started it has stopped."""


def tell(message: Any) -> None:
    """From within ``work``: let the caller of ``run_all`` hear how it goes on."""
    _telling[0](message)


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
        with _told_to(heard):
            for task in tasks:
                finished(work(task))
        return
    context = multiprocessing.get_context("spawn")
    with (
        _one_thread_each(),
        _line(context, heard) as line,
        ProcessPoolExecutor(min(processes, len(tasks)), context, _begin, (line,)) as pool,
    ):
        try:
            _hand_out(pool, work, tasks, processes, finished)
        except BrokenProcessPool as error:
            raise WorkerError(
                "a worker process died (killed, or out of memory?); finished batches are kept, run again to resume"
            ) from error
        finally:
            line.stop.set()


@contextmanager
def crew(work: Callable[..., None], arguments: Sequence[tuple[Any, ...]]) -> Iterator[list[Pipe]]:
    """One process per entry, each at ``work(its end of a pipe, *entry)``; the other ends, until the block is left.

    ``work`` should end when its pipe does (EOFError).
    """
    context = multiprocessing.get_context("spawn")
    ours: list[Pipe] = []
    processes = []
    try:
        with _one_thread_each():
            for entry in arguments:
                end, other = context.Pipe()
                process = context.Process(target=_serve, args=(work, other, entry), daemon=True)
                process.start()
                other.close()
                ours.append(end)
                processes.append(process)
        yield ours
    finally:
        for end in ours:
            end.close()
        for process in processes:
            process.join(_PATIENCE)
            process.kill()


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


_telling: list[Hear] = [lambda message: None]
"""Where ``tell`` leads in this process."""


@contextmanager
def _told_to(heard: Hear) -> Iterator[None]:
    before, _telling[0] = _telling[0], heard
    try:
        yield
    finally:
        _telling[0] = before


@dataclass(frozen=True)
class _Line:
    """One pipe that all workers write to: only they share the lock, which a killed one might never give back."""

    writer: Pipe
    lock: Lock
    stop: Event

    def say(self, message: Any) -> None:
        if self.stop.is_set():
            raise StoppedError
        with self.lock:
            self.writer.send(message)


@contextmanager
def _line(context: SpawnContext, heard: Hear) -> Iterator[_Line]:
    """Pass on what the workers tell, in a thread of this process, until all has been heard."""
    reader, writer = context.Pipe(duplex=False)
    ending, end = context.Pipe(duplex=False)
    thread = threading.Thread(target=_listen, args=(reader, ending, heard), daemon=True)
    thread.start()
    try:
        yield _Line(writer, context.Lock(), context.Event())
    finally:
        end.close()
        thread.join()
        for connection in (reader, writer, ending):
            connection.close()


def _listen(reader: Pipe, ending: Pipe, heard: Hear) -> None:
    while True:
        ready = wait_for([reader, ending])
        if reader not in ready:
            return
        heard(reader.recv())


def _begin(line: _Line) -> None:
    _belong()
    _telling[0] = line.say


def _serve(work: Callable[..., None], end: Pipe, entry: tuple[Any, ...]) -> None:
    _belong()
    with suppress(EOFError, BrokenPipeError):  # how the other end says that it is done
        work(end, *entry)


def _belong() -> None:
    """Make this process one that ends with its parent, and not before."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
