"""Whether the attacker's corpora have utterances of the private corpus in them, which would make every score void."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from fedser.artifacts.files import file_hash
from fedser.audio import has_signal
from fedser.corpora.corpus import Corpus
from fedser.corpora.layout import listed
from fedser.errors import InputError, Problems

_LONG = 30
"""Characters from which on a text is not said twice by chance: of this length or more, unrelated corpora share none."""

_WORD = re.compile(r"\w+")
_PLACE = "private and shadow overlap"


def refuse_overlap(private: Corpus, shadow: Sequence[Corpus]) -> None:
    """Raise InputError when private and shadow corpora share a name, a file, the content of one, or a text.

    Audio without a signal (empty, unreadable, or all zeros) is not shared speech, however alike it is. Texts are the
    same where their words are; short ones may be. Where both corpora are recorded their texts are not compared: actors
    of many corpora say one sentence. Speakers of different corpora are different people, whatever their ids: those of
    most corpora begin at 01.
    """
    problems = Problems()
    mine = _by_size(private)
    for corpus in shadow:
        if corpus.name == private.name:
            problems.add(_PLACE, f"both have the corpus {private.name}")
        elif same := _same_files(mine, _by_size(corpus), private.media == "audio"):
            problems.add(_PLACE, _shared(f"{private.media} files", private, corpus, same))
        elif same := _same_texts(private, corpus):
            problems.add(_PLACE, _shared("texts", private, corpus, same))
    problems.raise_if_any(InputError)


def _shared(what: str, private: Corpus, shadow: Corpus, same: Sequence[tuple[object, object]]) -> str:
    some = listed((f"{one} = {other}" for one, other in same), 3)
    return f"{len(same)} of {len(private.utterances)} {what} of {private.name} are also in {shadow.name}: {some}"


def _by_size(corpus: Corpus) -> dict[int, list[Path]]:
    """Only files of equal size can be equal, so most need not be opened."""
    sizes: dict[int, list[Path]] = defaultdict(list)
    for path in corpus.paths:
        sizes[path.stat().st_size].append(path)
    return sizes


def _same_files(
    mine: Mapping[int, list[Path]], theirs: Mapping[int, list[Path]], audio: bool
) -> list[tuple[object, object]]:
    same: list[tuple[object, object]] = []
    for size in sorted(mine.keys() & theirs.keys()):
        known = {file_hash(path): path for path in theirs[size]}
        pairs = ((path, known.get(file_hash(path))) for path in mine[size])
        same.extend((one, other) for one, other in pairs if other is not None and (not audio or has_signal(one)))
    return same


def _same_texts(private: Corpus, shadow: Corpus) -> list[tuple[object, object]]:
    """The utterances of one text, where at least one of the corpora is text alone."""
    if private.paths and shadow.paths:
        return []
    theirs = {words: utterance for utterance, words in _long_texts(shadow)}
    return [(utterance, theirs[words]) for utterance, words in _long_texts(private) if words in theirs]


def _long_texts(corpus: Corpus) -> list[tuple[str, str]]:
    """Utterances, each with the words of its text; without those of whom it is short, or not known."""
    if "text" not in corpus.utterances:
        return []
    known = corpus.utterances[["utterance", "text"]].dropna().itertuples(index=False)
    spoken = ((utterance, " ".join(_WORD.findall(text.casefold()))) for utterance, text in known)
    return [(utterance, words) for utterance, words in spoken if len(words) >= _LONG]
