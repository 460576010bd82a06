"""Writes parts of rounds beside the training: one thread, in order, and a bounded number of parts that wait."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self

from fedser.updates.update import Round

Ready = Callable[[], None]
"""Returns when the arrays of a part are there to be read, such as a copy from a GPU that is under way."""


class BackgroundWriter:
    """Calls ``write`` with each part in a thread of its own; ``waiting`` parts are held for it, at most.

    What fails there is raised here, as itself, at the next call or ``flush``. Whatever happens, all parts that were
    taken are written, or fail to be, before the context is left.
    """

    def __init__(self, write: Callable[[Round], None], waiting: int = 2) -> None:
        self._write, self._waiting = write, waiting
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="capture")
        self._pending: deque[Future[None]] = deque()

    def __call__(self, part: Round, ready: Ready | None = None) -> None:
        """Take ``part``, which may not change from now on; ``ready`` is called in the thread before it is written.

        Waits while ``waiting`` parts are held. Raises what failed of an earlier part, and then takes none.
        """
        while self._pending and (self._pending[0].done() or len(self._pending) >= self._waiting):
            self._pending.popleft().result()
        self._pending.append(self._thread.submit(self._one, part, ready))

    def flush(self) -> None:
        """Return when all that was taken is written; raises what failed."""
        while self._pending:
            self._pending.popleft().result()

    def close(self) -> None:
        """Flush and end the thread; raises what failed, after all else is written."""
        wait(self._pending)
        self._thread.shutdown()
        self.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close; what failed does not take the place of an error under way, but is noted at it."""
        if error is None:
            self.close()
            return
        wait(self._pending)
        self._thread.shutdown()
        for failed in filter(None, (future.exception() for future in self._pending)):
            error.add_note(f"While this was under way, the capture failed too: {failed}")

    def _one(self, part: Round, ready: Ready | None) -> None:
        if ready is not None:
            ready()
        self._write(part)
