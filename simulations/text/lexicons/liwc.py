"""LIWC, the Linguistic Inquiry and Word Count, in its ``.dic`` format, from the user's own licensed copy.

Between two lines ``%`` stand the categories (number, tab, name), below them an entry per line with the numbers of its
categories, all divided by tabs; ``*`` ends the beginning of a word.
"""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from fedser.errors import InputError
from simulations.text.lexicons.entries import Entries
from simulations.text.lexicons.files import chosen, lexicon_text
from simulations.text.lexicons.word_list import WordList

_MARK = "%"


class LIWC(WordList):
    """LIWC's categories, from a licensed copy in the .dic format."""

    source: ClassVar[str] = "Pennebaker, Boyd, Jordan and Blackburn 2015 (LIWC2015), and other editions in .dic"
    licence: ClassVar[str] = "commercial; not to be passed on"
    name: Literal["liwc"] = "liwc"
    path: str = Field("text/lexicons/LIWC.dic", description="the .dic file, below data_root")
    categories: tuple[str, ...] = Field((), description="which of its categories, such as tentat, swear, i; or all")

    def entries(self, root: Path) -> Entries:
        """Its words, by category."""
        text = lexicon_text(root, self.path, "LIWC's dictionary in the .dic format", "https://www.liwc.app, licensed")
        lines = [line.rstrip() for line in text.splitlines()]
        marks = [number for number, line in enumerate(lines) if line.strip() == _MARK]
        if len(marks) != 2:
            raise InputError(f"{self.path}: should have its categories between two lines '{_MARK}'")
        titles = [line.split("\t") for line in lines[marks[0] + 1 : marks[1]] if line.strip()]
        names = {cells[0].strip(): cells[1].split()[0] for cells in titles if len(cells) > 1 and cells[1].strip()}
        lists: dict[str, list[str]] = {name: [] for name in names.values()}
        for number, line in enumerate(lines[marks[1] + 1 :], marks[1] + 2):
            word, *codes = line.split("\t")
            for code in filter(None, map(str.strip, codes)):
                if code not in names:
                    raise InputError(f"{self.path}:{number}: category {code}, which its head does not name")
                lists[names[code]].append(word)
        return Entries.of(chosen(self.path, lists, self.categories))
