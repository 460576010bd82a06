"""A piece of work in a process of its own: started cold, measured alone, and gone with all that it started."""

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar, cast

from fedser.errors import FedserError
from fedser.pool.worker import belong, one_thread_each

Task = TypeVar("Task")
Result = TypeVar("Result")

LEAVE = 30.0
"""Seconds that a process which has answered may take to leave by itself (Ray takes two)."""
_TAIL = 15
"""Lines of a process's own output that its error shows, at most."""


class ApartError(FedserError):
    """A process that has died, or has not ended in time."""

    exit_code = 1


def apart(what: str, work: Callable[[Task], Result], task: Task, timeout: float) -> Result:
    """``work(task)`` in a fresh process, with one thread, of which nothing is left afterwards, however it ends.

    What it prints is kept, and shown only where it fails. A FedserError is raised here as it was raised there;
    ApartError, which calls the work ``what``, where it raised anything else, died, or took longer than ``timeout``
    seconds.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    with tempfile.NamedTemporaryFile(prefix="fedser-bench-", suffix=".log") as log, receiver:
        process = context.Process(target=_begin, args=(sender, log.name, work, task))
        with one_thread_each():
            process.start()
        sender.close()
        try:
            ended = bool(wait([receiver, process.sentinel], timeout))
            answer = _answer(receiver)
            process.join(LEAVE if ended else 0)
        finally:
            _kill(process)
        if answer is None:
            reason = f"died with exit code {process.exitcode}" if ended else f"took longer than {timeout:g} s"
            raise ApartError("\n".join([f"{what}: {reason}", *_tail(Path(log.name))]))
    well, result = answer
    if not well:
        raise result
    return cast(Result, result)


def _answer(receiver: "Connection[Any, Any]") -> tuple[bool, Any] | None:
    """(whether it went well, the result or the error); None where nothing was sent."""
    try:
        return receiver.recv() if receiver.poll() else None
    except EOFError:
        return None


def _kill(process: BaseProcess) -> None:
    """End the process and the group that it leads, unless it has left by itself."""
    if process.is_alive() and process.pid is not None:
        with suppress(ProcessLookupError):  # before it leads a group
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.join()


def _tail(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:]


def _begin(sender: "Connection[Any, Any]", log: str, work: Callable[[Task], Result], task: Task) -> None:
    os.setpgid(0, 0)
    belong()
    with Path(log).open("ab") as stream:
        for number in (1, 2):
            os.dup2(stream.fileno(), number)
    try:
        answer: tuple[bool, Any] = (True, work(task))
    except FedserError as error:
        answer = (False, error)
    sender.send(answer)
