"""What of each utterance is described, its audio file or its text, and the hash of that: the key of its features."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fedser.features.extractor import Wanted
from fedser.features.hashes import file_hashes

if TYPE_CHECKING:  # a worker process has no corpus, and starts without pandas
    from fedser.corpora.corpus import Corpus

Content = str
"""The path of an audio file, or a text. (A ``Path`` for each utterance would take most of the memory.)"""


@dataclass(frozen=True)
class Contents:
    """``keys`` (SHA-256 of the content) by utterance, ``given`` by key; by utterance, why some have no content."""

    keys: dict[str, str]
    given: dict[str, Content]
    failed: dict[str, str]


def contents_of(corpus: "Corpus", wants: Wanted, cache: Path, workers: int) -> Contents:
    """The content of every utterance of ``corpus``; hashes of files are remembered below ``cache``."""
    utterances = corpus.utterances["utterance"].astype(str).tolist()
    given: list[Content] = corpus.utterances["path" if wants == "audio" else "text"].tolist()
    found = file_hashes(given, cache / "hashes", workers) if wants == "audio" else list(map(_text_key, given))
    keys = {utterance: key for utterance, key in zip(utterances, found, strict=True) if isinstance(key, str)}
    failed = {u: _reason(error) for u, error in zip(utterances, found, strict=True) if not isinstance(error, str)}
    return Contents(keys, {k: g for k, g in zip(found, given, strict=True) if isinstance(k, str)}, failed)


def lack(corpus: "Corpus", wants: Wanted) -> str:
    """What ``corpus`` lacks of what an extractor ``wants``, in words; empty where it has it."""
    if wants == "text":
        return "" if "text" in corpus.utterances.columns else "no text"
    if "path" not in corpus.utterances.columns:
        return "no audio"
    return "" if corpus.media == "audio" else "images, not audio"


def _text_key(text: object) -> str | None:
    """None for an empty cell and for blanks."""
    return hashlib.sha256(text.encode()).hexdigest() if isinstance(text, str) and text.strip() else None


def _reason(error: OSError | None) -> str:
    return "no text" if error is None else f"cannot be opened ({error.strerror})"
