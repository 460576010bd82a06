"""What every release of a corpus has: a name, a place where it is to be had, and a folder on this machine."""

from dataclasses import dataclass
from pathlib import Path

from fedser.corpora.reader import ReadContext
from fedser.errors import InputError


@dataclass(frozen=True)
class Release:
    """A corpus as it is distributed."""

    title: str
    """The corpus's full name."""
    obtain: str
    """Where it is distributed."""

    def folder(self, context: ReadContext, path: str) -> Path:
        """The corpus's folder; raises InputError that says where to get the corpus and how to set its place."""
        folder = context.place(path)
        if not folder.is_dir():
            raise InputError(
                f"{folder}: no such folder; {self.title} belongs there.\n"
                f"  Get it from {self.obtain}.\n"
                f"  {context.explain(path)}"
            )
        return folder
