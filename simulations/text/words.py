"""The words of a text, and numbers of a tokenizer's sub-words summed over the word that they are part of."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W_]+)*")


class Span(NamedTuple):
    """Where a word stands: characters ``start`` to ``end`` (not with it)."""

    start: int
    end: int


def spans_of(text: str) -> list[Span]:
    """The words of ``text``: letters and digits, with apostrophes within (``don't``, ``Ross's``)."""
    return [Span(*found.span()) for found in _WORD.finditer(text)]


def words_of(text: str) -> list[str]:
    """The words of ``text`` in lower case, with straight apostrophes, as lexicons have them."""
    return [plain(text[span.start : span.end]) for span in spans_of(text)]


def plain(word: str) -> str:
    """``word`` as lexicons have it."""
    return word.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def of_words(spans: Sequence[Span], offsets: Sequence[tuple[int, int]], values: Sequence[float]) -> list[float]:
    """The sum of ``values`` of the tokens that lie in each word, in the order of ``spans``.

    ``offsets`` says which characters each token is of; marks of begin and end (of no character) and punctuation are
    part of no word.
    """
    sums = [0.0] * len(spans)
    for (start, end), value in zip(offsets, values, strict=True):
        for number, span in enumerate(spans):
            if end > start and span.start <= start and end <= span.end:
                sums[number] += float(value)
    return sums
