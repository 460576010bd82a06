"""Which words of a text a list names: single words, beginnings of words (``lov*``, as in LIWC), and phrases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from simulations.text.words import words_of


@dataclass(frozen=True)
class Entries:
    """Entries by category, ready to be looked for; case does not matter."""

    whole: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By a word, the categories that name it."""
    beginnings: Mapping[str, frozenset[str]] = field(default_factory=dict)
    phrases: Mapping[str, frozenset[tuple[str, ...]]] = field(default_factory=dict)
    """By the first word of phrases, all of their words."""

    @classmethod
    def of(cls, lists: Mapping[str, Iterable[str]]) -> "Entries":
        """The entries of several categories."""
        whole: dict[str, set[str]] = {}
        beginnings: dict[str, set[str]] = {}
        phrases: dict[str, set[tuple[str, ...]]] = {}
        for category, entries in lists.items():
            for entry in (entry.strip().lower() for entry in entries):
                words = tuple(words_of(entry))
                if entry.endswith("*"):
                    beginnings.setdefault(entry.removesuffix("*"), set()).add(category)
                elif len(words) == 1:
                    whole.setdefault(words[0], set()).add(category)
                elif words:
                    phrases.setdefault(words[0], set()).add(words)
        return cls(_frozen(whole), _frozen(beginnings), _frozen(phrases))

    @classmethod
    def joined(cls, several: Sequence["Entries"]) -> "Entries":
        """All entries of several lists."""
        return cls(*(_frozen(_union([getattr(one, part) for one in several])) for part in _PARTS))

    def __len__(self) -> int:
        return len(self.whole) + len(self.beginnings) + sum(map(len, self.phrases.values()))

    def listed(self, words: Sequence[str]) -> set[str]:
        """Those of a text's ``words`` (lower case, in order) that are named, alone or as part of a phrase."""
        found = {word for word in words if word in self.whole or self._begins(word)}
        for place, word in enumerate(words):
            for phrase in self.phrases.get(word, ()):
                if tuple(words[place : place + len(phrase)]) == phrase:
                    found.update(phrase)
        return found

    def _begins(self, word: str) -> bool:
        return any(word[:end] in self.beginnings for end in range(1, len(word) + 1)) if self.beginnings else False


_PARTS = ("whole", "beginnings", "phrases")


def _union(parts: Sequence[Mapping[str, frozenset]]) -> dict[str, set]:  # type: ignore[type-arg]
    found: dict[str, set] = {}  # type: ignore[type-arg]
    for part in parts:
        for key, values in part.items():
            found.setdefault(key, set()).update(values)
    return found


def _frozen(sets: Mapping[str, set]) -> dict[str, frozenset]:  # type: ignore[type-arg]
    return {key: frozenset(values) for key, values in sets.items()}
