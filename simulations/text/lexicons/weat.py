"""The word lists of the Word Embedding Association Test, from implicit association tests (Caliskan et al. 2017).

Tests 6 to 8 are of gender: names with career and family, mathematics with arts, science with arts. Read as sent-bias
has them: one JSON object with ``targ1``, ``targ2``, ``attr1``, ``attr2``, each with ``category`` and ``examples``.
"""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from fedser.errors import InputError
from simulations.text.lexicons.entries import Entries
from simulations.text.lexicons.files import lexicon_json
from simulations.text.lexicons.word_list import WordList


class WEAT(WordList):
    """The targets and attributes of WEAT 6 to 8, which associate gender with career, mathematics and science."""

    source: ClassVar[str] = "Caliskan, Bryson and Narayanan 2017"
    licence: ClassVar[str] = "CC BY-NC 4.0 (sent-bias)"
    name: Literal["weat"] = "weat"
    path: str = Field("text/weat", description="the folder that holds weat6.jsonl and so on, below data_root")
    tests: tuple[int, ...] = Field((6, 7, 8), min_length=1)

    def entries(self, root: Path) -> Entries:
        """All examples, by category."""
        lists: dict[str, list[str]] = {}
        for test in self.tests:
            path = f"{self.path}/weat{test}.jsonl"
            found = lexicon_json(root, path, f"WEAT {test}", "https://github.com/W4ngatang/sent-bias, tests/")
            for part in found.values():
                if not (isinstance(part, dict) and {"category", "examples"} <= part.keys()):
                    raise InputError(f"{path}: each part should have a category and examples")
                lists.setdefault(part["category"], []).extend(part["examples"])
        return Entries.of(lists)
