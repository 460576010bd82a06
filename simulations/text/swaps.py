"""Gender-swapped copies of sentences by a list of pairs (Sun et al. 2019, "Mitigating Gender Bias in NLP", sec. 3.1).

The list is a table with the columns ``male``, ``female`` and ``kind`` (``word`` or ``name``); ``tables/swaps.csv`` in
this package is what is used where no other is given. Of a word with several partners the first is taken. Case is kept,
and what hangs on an apostrophe (``Ross's``, ``he'll``); names are swapped where they are written with a capital. The
pronouns that are no pairs are decided by what follows: before a word that can begin a noun phrase ``his`` is ``her``
and ``her`` is ``his``; elsewhere they are ``hers`` and ``him``. That is a rule of thumb, and sentences may come out
odd: what was swapped is counted.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from fedser.corpora.table import empty_cells, read_table
from fedser.errors import InputError, Problems
from simulations.text.words import plain, spans_of

_TABLE = "tables/swaps.csv"
_KINDS = ("word", "name")
_APOSTROPHE = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]")
_FOLLOWED = {"his": ("her", "hers"), "her": ("his", "him"), "him": ("her", "her"), "hers": ("his", "his")}
"""What a pronoun becomes before a noun phrase, and elsewhere."""
_OTHERS = """a about after again all an and any anymore are as at away back because been before but by can could did do
does down either ever for from had has have he her his how i if in into is it just like me more much my never no not now
of off on once or our out over really right she so some something than that the their them then there they this those
through to today tomorrow tonight too under until up us was we were what when where which while who why will with
without would yesterday you your"""
_NO_NOUN = frozenset(_OTHERS.split())
"""Words that do not begin what is possessed: before them ``her`` is the object."""


@dataclass(frozen=True)
class Swaps:
    """The partner of each word and of each name, in lower case."""

    words: Mapping[str, str]
    names: Mapping[str, str]

    @classmethod
    def read(cls, path: Path | None = None) -> "Swaps":
        """The pairs of the table at ``path``, by default those of this package; raises InputError for a bad table."""
        if path is not None:
            return _read(path)
        with as_file(files("simulations.text") / _TABLE) as own:
            return _read(own)

    def swap(self, text: str) -> tuple[str, Counter[tuple[str, str]]]:
        """``text`` with all that has a partner swapped for it, and what was swapped for what, in lower case."""
        parts, done, swapped = list[str](), 0, Counter[tuple[str, str]]()
        spans = spans_of(text)
        for place, span in enumerate(spans):
            stem, end = _parted(text[span.start : span.end])
            after = spans[place + 1] if place + 1 < len(spans) else None
            following = plain(text[after.start : after.end]) if after and _joined(text[span.end : after.start]) else ""
            partner = self._partner(stem, following)
            if partner:
                parts += [text[done : span.start], _cased(partner, stem), end]
                done = span.end
                swapped[plain(stem), partner] += 1
        return "".join([*parts, text[done:]]), swapped

    def _partner(self, stem: str, following: str) -> str:
        word = plain(stem)
        if word in _FOLLOWED:
            before, elsewhere = _FOLLOWED[word]
            return before if following and following not in _NO_NOUN else elsewhere
        return self.words.get(word, "") or (self.names.get(word, "") if stem[:1].isupper() else "")


def _read(path: Path) -> Swaps:
    table = read_table(path, ",", {name: name for name in ("male", "female", "kind")})
    problems = Problems()
    problems.extend(empty_cells(path, table, ("male", "female")))
    for line, kind in table["kind"].items():
        if kind not in _KINDS:
            problems.add(f"{path}:{line}", f"kind {kind!r} (choose from {', '.join(_KINDS)})")
    problems.raise_if_any(InputError)
    return Swaps(*(_partners(table[table["kind"] == kind]) for kind in _KINDS))


def _partners(rows) -> dict[str, str]:  # type: ignore[no-untyped-def]  # a pandas DataFrame
    found: dict[str, str] = {}
    for male, female in zip(rows["male"].str.lower(), rows["female"].str.lower(), strict=True):
        found.setdefault(male, female)
        found.setdefault(female, male)
    return found


def _parted(word: str) -> tuple[str, str]:
    """A word, and what hangs on its first apostrophe; only ``ma'am`` is whole with it."""
    found = _APOSTROPHE.search(word)
    if found is None or plain(word) == "ma'am":
        return word, ""
    return word[: found.start()], word[found.start() :]


def _joined(between: str) -> bool:
    """Whether nothing but blanks stands between two words, so that they may be of one phrase."""
    return not between.strip()


def _cased(word: str, like: str) -> str:
    """``word`` in capitals, with a capital, or as it is, as ``like`` is written."""
    if len(like) > 1 and like.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word
