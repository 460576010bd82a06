"""Official layouts: finding a corpus's folder and audio, and saying what is wrong when they are not there.

What a reader of one more corpus needs: state its ``Layout``, ask it for the folder and the named audio files, and
turn the parts of each name into a row.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from fedser.audio import AUDIO_SUFFIXES, is_pointer
from fedser.corpora.release import Release
from fedser.errors import InputError

_POINTERS_ARE_SMALLER = 1024
_SHOWN = 10


@dataclass(frozen=True)
class Layout(Release):
    """How the official release of a corpus of audio looks on disk."""

    example: str
    """An audio file of the release, relative to the corpus's folder."""
    stem: re.Pattern[str]
    """What the whole name of an audio file is, without its suffix; named groups are its parts."""

    def audio(self, folder: Path, pattern: str) -> list[tuple[Path, re.Match[str]]]:
        """The audio files that ``pattern`` (a glob, without suffix) finds below ``folder``, with their names' parts.

        They come in the order of their stems, whatever the suffix. Raises InputError when there is none, when some
        have a name that the corpus does not know, when two have one name, and when some are git-lfs pointers.
        """
        files = sorted((path for path in folder.glob(pattern) if is_audio(path)), key=lambda path: path.stem)
        if not files:
            raise InputError(f"{folder}: {_nothing(folder)}; {self.title} has files such as {self.example}")
        named = [(path, self.stem.fullmatch(path.stem)) for path in files]
        strange = [path for path, parts in named if parts is None]
        if strange:
            raise InputError(
                f"{folder}: {len(strange)} of {len(files)} audio files are not named as in {self.title}"
                f" ({self.example}): {listed(path.name for path in strange)}"
            )
        by_stem(files)
        refuse_pointers(folder, files)
        return [(path, parts) for path, parts in named if parts is not None]


def is_audio(path: Path) -> bool:
    """Whether ``path`` bears the name of an audio file (a leading dot marks what file systems leave behind)."""
    return path.suffix.lower() in AUDIO_SUFFIXES and not path.name.startswith(".")


def by_stem(files: Iterable[Path], aliases: Mapping[str, str] | None = None) -> dict[str, Path]:
    """Files by their name without its suffix: the suffix changes where audio is stored in another format.

    ``aliases`` gives the right name of those that a release has misspelt. Raises InputError when two files bear one
    name, as after unpacking a release twice.
    """
    found: dict[str, Path] = {}
    again: list[tuple[Path, Path]] = []
    for path in sorted(files):
        stem = (aliases or {}).get(path.stem, path.stem)
        if stem in found:
            again.append((path, found[stem]))
        found[stem] = path
    if again:
        second, first = again[0]
        more = f" (and {len(again) - 1} more files stand twice)" if len(again) > 1 else ""
        raise InputError(f"{second}: the same utterance as {first}{more}; keep one of them")
    return found


def below(folder: Path) -> Iterator[Path]:
    """All files below ``folder``, lazily and in a stable order; links to folders are followed, but in no circle."""
    seen = set()
    for parent, folders, names in os.walk(folder, followlinks=True):
        place = os.path.realpath(parent)
        if place in seen:
            folders.clear()
            continue
        seen.add(place)
        folders.sort()
        yield from (Path(parent) / name for name in sorted(names))


def refuse_pointers(place: Path, files: Iterable[Path]) -> None:
    """Raise InputError, with the fix, when some of ``files`` are git-lfs pointers instead of themselves."""
    known = list(files)
    pointers = [path for path in known if path.stat().st_size < _POINTERS_ARE_SMALLER and is_pointer(path)]
    if pointers:
        raise InputError(
            f"{place}: {len(pointers)} of {len(known)} files are git-lfs pointers"
            f" ({listed((path.name for path in pointers), 3)}); run `git lfs pull` in that repository"
        )


def listed(names: Iterable[object], shown: int = _SHOWN) -> str:
    """The first of ``names`` and how many more there are."""
    texts = [str(name) for name in names]
    more = f" and {len(texts) - shown} more" if len(texts) > shown else ""
    return ", ".join(texts[:shown]) + more


def _nothing(folder: Path) -> str:
    """What lies in ``folder`` instead of the corpus's audio."""
    found = [str(path.relative_to(folder)) for path in islice(below(folder), 3)]
    if not found:
        return "an empty folder"
    return f"no audio file where it should be (found {', '.join(found)})"
