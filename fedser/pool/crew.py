"""Processes that stay, each at the end of a pipe."""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar

from fedser.pool.line import Pipe
from fedser.pool.worker import belong, deaf_to_interrupts, died, one_thread_each

Answer = TypeVar("Answer")

AWAKE = 1e-3
"""Seconds that a message is looked out for before this process sleeps: to be woken costs a tenth of that, or more."""

_PATIENCE = 5.0
"""Seconds that a process is given to end by itself."""


@contextmanager
def crew(work: Callable[..., None], arguments: Sequence[tuple[Any, ...]]) -> Iterator[list[Pipe]]:
    """One process per entry, each at ``work(its end of a pipe, *entry)``; the other ends, until the block is left.

    ``work`` should end when its pipe does (EOFError).
    """
    context = multiprocessing.get_context("spawn")
    ours: list[Pipe] = []
    processes = []
    try:
        with one_thread_each():
            for entry in arguments:
                end, other = context.Pipe()
                process = context.Process(target=_serve, args=(work, other, entry), daemon=True)
                with deaf_to_interrupts():
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
            process.join()


class End(Protocol):
    """Where a worker is asked, and answers: a pipe, or what stands in its place."""

    def send(self, message: Any, /) -> None:
        """Ask."""

    def recv(self) -> Any:
        """Wait for the answer."""

    def poll(self, timeout: float, /) -> bool:
        """Whether there is one, at the latest after ``timeout`` seconds."""


def ask(end: End, message: Any) -> None:
    """Send a worker of a crew its next task; raises WorkerError where it is gone."""
    with _alive():
        end.send(message)


def answer(end: End, kind: type[Answer]) -> Answer:
    """Wait for what a worker of a crew sends back; raises WorkerError where it is gone."""
    with _alive():
        received: Answer = receive(end)
        return received


def receive(end: End) -> Any:
    """The next message; for one that comes at once no process falls asleep."""
    until = time.perf_counter() + AWAKE
    while not end.poll(0) and time.perf_counter() < until:
        pass
    return end.recv()


@contextmanager
def _alive() -> Iterator[None]:
    try:
        yield
    except (EOFError, ConnectionError) as error:
        raise died("rounds") from error


def _serve(work: Callable[..., None], end: Pipe, entry: tuple[Any, ...]) -> None:
    belong()
    with suppress(EOFError, ConnectionError):  # how the other end says that it is done
        work(end, *entry)
