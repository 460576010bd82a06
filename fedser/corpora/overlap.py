"""Whether the attacker's corpora have speech of the private corpus in them, which would make every score void."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from fedser.artifacts.files import file_hash
from fedser.corpora.audio import has_signal
from fedser.corpora.corpus import Corpus
from fedser.corpora.layout import listed
from fedser.errors import InputError, Problems


def refuse_overlap(private: Corpus, shadow: Sequence[Corpus]) -> None:
    """Raise InputError when private and shadow corpora share a name, an audio file, or the content of one.

    Files without a signal (empty, unreadable, or all zeros) are not shared speech, however alike they are.
    Speakers of different corpora are different people, whatever their ids: those of most corpora begin at 01.
    """
    problems = Problems()
    mine = _by_size(private)
    for corpus in shadow:
        if corpus.name == private.name:
            problems.add("private and shadow overlap", f"both have the corpus {private.name}")
        elif same := _same_audio(mine, _by_size(corpus)):
            problems.add(
                "private and shadow overlap",
                f"{len(same)} of {len(private.utterances)} audio files of {private.name} are also in {corpus.name}:"
                f" {listed((f'{one} = {other}' for one, other in same), 3)}",
            )
    problems.raise_if_any(InputError)


def _by_size(corpus: Corpus) -> dict[int, list[Path]]:
    """Only files of equal size can be equal, so most need not be opened."""
    sizes: dict[int, list[Path]] = defaultdict(list)
    for path in corpus.paths:
        sizes[path.stat().st_size].append(path)
    return sizes


def _same_audio(mine: Mapping[int, list[Path]], theirs: Mapping[int, list[Path]]) -> list[tuple[Path, Path]]:
    same: list[tuple[Path, Path]] = []
    for size in sorted(mine.keys() & theirs.keys()):
        known = {file_hash(path): path for path in theirs[size]}
        pairs = ((path, known.get(file_hash(path))) for path in mine[size])
        same.extend((one, other) for one, other in pairs if other is not None and has_signal(one))
    return same
