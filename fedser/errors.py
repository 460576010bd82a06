"""Errors that a user can act on: each names the place, the bad value and the good ones."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class FedserError(Exception):
    """Root of all errors raised on purpose; ``exit_code`` is the status of the command line."""

    exit_code = 2


class ConfigError(FedserError):
    """A configuration that cannot be run."""


class InputError(FedserError):
    """Data that cannot be used: a missing folder, a wrong layout, a missing attribute."""


class CaptureError(FedserError):
    """Updates that could not be written (a full disk) or read back."""


class ClientError(FedserError):
    """A client that failed; ends the run, since an average without it would be another experiment."""

    exit_code = 1


class EngineError(FedserError):
    """An engine that cannot run here: its backend does not start, or is already in use."""

    exit_code = 1


class Problems:
    """Collects every mistake of one input, so that the user sees them all at once."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, place: object, message: str) -> None:
        """Note one mistake at ``place`` (a file and line, a key path, a file name)."""
        self._lines.append(f"{place}: {message}")

    def extend(self, lines: Iterable[str]) -> None:
        """Note mistakes whose place already stands in the text."""
        self._lines.extend(lines)

    @contextmanager
    def collect(self, kind: type[FedserError]) -> Iterator[None]:
        """Note the mistakes that the block raises as ``kind``, and go on after it."""
        try:
            yield
        except kind as error:
            self.extend([str(error)])

    def __len__(self) -> int:
        return len(self._lines)

    def raise_if_any(self, error: type[FedserError] = InputError, title: str = "") -> None:
        """Raise ``error`` with one line per mistake, below ``title``; do nothing when there is none."""
        if self._lines:
            raise error("\n".join(([title] if title else []) + self._lines))
