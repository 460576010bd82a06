"""What every corpus reader is: a frozen value that knows how to read its corpus from disk."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fedser.config import Plugin
from fedser.corpora.corpus import Corpus

Progress = Callable[[int, int], None]
"""Called with (done, total) as work goes on."""


@dataclass(frozen=True)
class ReadContext:
    """Where corpora lie, where generated audio may be cached, and whom to tell of progress."""

    data_root: Path
    cache: Path
    progress: Progress = lambda done, total: None
    workers: int = 1


class CorpusReader(Plugin):
    """A corpus that can be read: its tables, never its signal."""

    @abstractmethod
    def read(self, context: ReadContext) -> Corpus:
        """The corpus; raises InputError when it is missing, empty or not in its official layout."""

    @property
    @abstractmethod
    def corpus(self) -> str:
        """The corpus's name in tables and figures; two corpora of one experiment must differ in it."""
