"""A list of words as people write one: an entry per line, ``%`` or ``#`` begins a remark."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from simulations.text.lexicons.entries import Entries
from simulations.text.lexicons.files import lexicon_text
from simulations.text.lexicons.word_list import WordList


class WordFile(WordList):
    """A file with a word, a beginning of words (lov*) or a phrase on each line, such as lists of hedges."""

    source: ClassVar[str] = "the user's own; github.com/words/hedges and /weasels have this form"
    licence: ClassVar[str] = "the file's"
    name: Literal["word_file"] = "word_file"
    path: str = Field(description="the file, below data_root")
    category: str = Field("listed", description="what its words are")

    def entries(self, root: Path) -> Entries:
        """Its lines without remarks."""
        text = lexicon_text(root, self.path, "a list of words", "one entry per line")
        lines = [line.strip() for line in text.splitlines()]
        return Entries.of({self.category: [line for line in lines if line and line[0] not in "%#"]})
