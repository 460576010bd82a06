"""Progress of long work on the error stream: bars with rate and time left, or plain lines where no one watches."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Update = Callable[[int, int], None]
"""Called with how much is done, and of how much."""

_SECONDS_BETWEEN_LINES = 30.0


class Bars(Protocol):
    """Something that shows named work going on."""

    def bar(self, name: str) -> Update:
        """A bar that appears when it is first told of anything."""


@contextmanager
def bars() -> Iterator[Bars]:
    """Bars that live as long as the block; finished ones stay on the screen."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        yield _Screen(progress)


class _Screen:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def bar(self, name: str) -> Update:
        tasks: list[TaskID] = []

        def update(done: int, total: int) -> None:
            if not tasks:
                tasks.append(self._progress.add_task(name, total=total))
            self._progress.update(tasks[0], completed=done, total=total)

        return update


class _Lines:
    """One line when work begins to show, then one each half minute, and one at its end: for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def bar(self, name: str) -> Update:
        start, first, last = time.monotonic(), -1, 0.0

        def update(done: int, total: int) -> None:
            nonlocal first, last
            first, now = (done if first < 0 else first), time.monotonic()
            if done == total or now - last > _SECONDS_BETWEEN_LINES:
                last = now
                rate = (done - first) / max(now - start, 1e-9)
                self._console.print(f"{name}: {done}/{total}{_left(total - done, rate)}", highlight=False)

        return update


def _left(rest: int, rate: float) -> str:
    if not rest or not rate:
        return ""
    return f", {rate:.1f}/s, {rest / rate:.0f} s left"


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="dim")
