"""What workers tell the process that started them, while they work."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext
from multiprocessing.synchronize import Event, Lock
from typing import Any, TypeAlias

Hear = Callable[[Any], None]

Pipe: TypeAlias = "Connection[Any, Any]"

_telling: list[Hear] = [lambda message: None]
"""Where ``tell`` leads in this process."""


class StoppedError(Exception):
    """Raised in a worker by ``tell`` once the process that started it has stopped."""


def tell(message: Any) -> None:
    """From within ``work``: let the caller of ``run_all`` hear how it goes on."""
    _telling[0](message)


@contextmanager
def told_to(heard: Hear) -> Iterator[None]:
    """Inside the block, ``tell`` leads there."""
    before, _telling[0] = _telling[0], heard
    try:
        yield
    finally:
        _telling[0] = before


@dataclass(frozen=True)
class Line:
    """One pipe that all workers write to: only they share the lock, which a killed one might never give back."""

    writer: Pipe
    lock: Lock
    stop: Event

    def go_on(self) -> None:
        """Raises StoppedError once the other end has stopped."""
        if self.stop.is_set():
            raise StoppedError

    def say(self, message: Any) -> None:
        """Send a message, unless the other end has stopped."""
        self.go_on()
        with self.lock:
            self.writer.send(message)


@contextmanager
def line(context: SpawnContext, heard: Hear) -> Iterator[Line]:
    """Pass on what the workers tell, in a thread of this process, until all has been heard.

    What ``heard`` raises stops the workers, and is raised where the block is left.
    """
    reader, writer = context.Pipe(duplex=False)
    ending, end = context.Pipe(duplex=False)
    told = Line(writer, context.Lock(), context.Event())
    with ThreadPoolExecutor(1) as thread:
        listening = thread.submit(_listen, reader, ending, heard, told.stop)
        try:
            yield told
        except StoppedError:
            pass  # follows from what has been raised in the thread
        finally:
            end.close()
            listening.exception()
            for connection in (reader, writer, ending):
                connection.close()
        listening.result()


def _listen(reader: Pipe, ending: Pipe, heard: Hear, stop: Event) -> None:
    try:
        while reader in wait([reader, ending]):
            heard(reader.recv())
    finally:
        stop.set()


def tell_by(line: Line) -> None:
    """From now on, ``tell`` leads there."""
    _telling[0] = line.say
