"""What every list of words is that people take as signs of an attribute."""

from abc import abstractmethod
from pathlib import Path
from typing import ClassVar

from fedser.config import Plugin
from simulations.text.lexicons.entries import Entries


class WordList(Plugin):
    """Words in categories, read from a file."""

    licence: ClassVar[str]
    """Under what the list is given out."""

    name: str

    @abstractmethod
    def entries(self, root: Path) -> Entries:
        """All that is listed; raises InputError for a file that is missing, saying what to get and where to put it."""
