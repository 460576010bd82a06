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
    signs: tuple[str, ...]
    """What its folder is known by: globs, one of which finds something there."""

    def folder(self, context: ReadContext, path: str) -> Path:
        """The corpus's folder; raises InputError that says where to get the corpus and how to set its place.

        The folder above, a folder in it, or a file of the corpus, which are easily taken for it, are refused as well.
        """
        folder = context.place(path)
        if not folder.exists():
            raise InputError(
                f"{folder}: no such folder; {self.title} belongs there.\n"
                f"  Get it from {self.obtain}.\n"
                f"  {context.explain(path)}"
            )
        if near := self._near(folder):
            raise InputError(f"{folder}: {self.title} is not there but in {near}; its path should be that")
        if not folder.is_dir():
            raise InputError(f"{folder}: a file, where the folder of {self.title} should be")
        return folder

    def _near(self, folder: Path) -> Path | None:
        """Where the corpus is instead, one level up or down."""
        if self._is(folder):
            return None
        below = sorted(folder.iterdir()) if folder.is_dir() else []
        return next((near for near in (folder.parent, *below) if self._is(near)), None)

    def _is(self, folder: Path) -> bool:
        return folder.is_dir() and any(any(folder.glob(sign)) for sign in self.signs)
