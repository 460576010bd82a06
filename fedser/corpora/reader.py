"""What every corpus reader is: a frozen value that knows how to read its corpus from disk."""

import re
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from fedser.config import Plugin
from fedser.corpora.corpus import Corpus
from fedser.corpora.published import Published

Progress = Callable[[int, int], None]
"""Called with (done, total) as work goes on."""


def _plain(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError(f"should be letters, digits, '.', '_' and '-' (it names files and columns), got {name!r}")
    return name


CorpusName = Annotated[str, AfterValidator(_plain)]
"""A corpus's name in tables, figures and file names."""


@dataclass(frozen=True)
class ReadContext:
    """Where corpora lie, where generated audio may be cached, and whom to tell of progress."""

    data_root: Path
    cache: Path
    progress: Progress = lambda done, total: None
    workers: int = 1

    def place(self, path: str) -> Path:
        """The absolute place of a configured path: itself, or below ``data_root``; ``~`` is the home folder."""
        return (self.data_root / Path(path).expanduser()).expanduser().absolute()

    def explain(self, path: str) -> str:
        """How the place of a configured path comes about, for those who have to set it."""
        return (
            f"Its place is data_root ({self.data_root}; --set data_root=DIR or the environment variable FEDSER_DATA)"
            f" and the corpus's path ({path})."
        )


class CorpusReader(Plugin):
    """A corpus that can be read: its tables, never its signal."""

    published: ClassVar[tuple[Published, ...]] = ()
    """What others counted in it."""

    corpus: CorpusName
    """The corpus's name in tables and figures; two corpora of one experiment must differ in it."""

    @abstractmethod
    def read(self, context: ReadContext) -> Corpus:
        """The corpus; raises InputError when it is missing, empty or not in its official layout."""

    def survey(self, context: ReadContext) -> Corpus:
        """All that can be told of the corpus: ``read``, and where tables know them, utterances without a file."""
        return self.read(context)

    def tables(self, context: ReadContext) -> Corpus:
        """What ``read`` will give, without making any file: generated audio need not be there. Raises as ``read``."""
        return self.read(context)
