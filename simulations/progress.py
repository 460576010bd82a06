"""Progress of long work: a bar with rate and time left, on the error stream."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="dim")


class Bars:
    """Named bars; each is driven by a callback that is told (done, total)."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def bar(self, name: str) -> Callable[[int, int], None]:
        """A bar that appears when it is first told of anything: how much is done, and of how much."""
        tasks: list[TaskID] = []

        def update(done: int, total: int) -> None:
            if not tasks:
                tasks.append(self._progress.add_task(name, total=total))
            self._progress.update(tasks[0], completed=done, total=total)

        return update


@contextmanager
def bars() -> Iterator[Bars]:
    """Bars that live as long as the block; finished ones stay on the screen."""
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield Bars(progress)
