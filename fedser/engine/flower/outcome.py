"""From the ServerApp's thread to the thread that waits for it: the state it reached, or whatever it raised."""

from threading import Event
from types import TracebackType
from typing import Self

from fedser.engine.history import State


class Outcome:
    """A block inside ``with outcome`` ends without an exception; ``result`` raises it where it can be handled."""

    def __init__(self) -> None:
        self.stop = Event()
        self.state: State | None = None
        self.error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.error = error
        return True

    @property
    def known(self) -> bool:
        """Whether the ServerApp has ended, well or not."""
        return self.state is not None or self.error is not None

    def result(self) -> State:
        """The final state; raises what the ServerApp raised, as itself."""
        if self.error is not None:
            raise self.error
        if self.state is None:
            raise RuntimeError("the ServerApp has not run")
        return self.state
