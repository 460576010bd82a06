"""Text files in which some lines are labels of utterances: every label is well-formed, known, and there once."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from fedser.corpora.transcripts import read_text
from fedser.errors import Problems


def read_label_lines(
    files: Iterable[Path], mark: re.Pattern[str], label: re.Pattern[str], form: str, emotions: Mapping[str, str]
) -> list[re.Match[str]]:
    """The labels in ``files``, in their order: the lines in which ``mark`` is found, and which ``label`` must match.

    ``label`` has the groups ``utterance`` and ``emotion``, the latter a key of ``emotions``; ``form`` is how a label
    should read. Raises InputError with all lines that are malformed or label an utterance again.
    """
    found: list[re.Match[str]] = []
    places: dict[str, str] = {}
    problems = Problems()
    for path in files:
        for number, line in enumerate(read_text(path).splitlines(), 1):
            if not mark.search(line):
                continue
            place, parts = f"{path}:{number}", label.fullmatch(line.strip())
            if parts is None:
                problems.add(place, f"a label should read {form}, got {line.strip()!r}")
                continue
            found.append(parts)
            _refuse_unfit(parts, place, emotions, places, problems)
    problems.raise_if_any()
    return found


def _refuse_unfit(
    parts: re.Match[str], place: str, emotions: Mapping[str, str], places: dict[str, str], problems: Problems
) -> None:
    """Note an unknown emotion, and a label given before; ``places`` is where each stands, and learns of this one."""
    utterance, emotion = parts["utterance"], parts["emotion"]
    if emotion not in emotions:
        problems.add(place, f"the emotion of {utterance} should be one of {', '.join(emotions)}, got {emotion!r}")
    if places.setdefault(utterance, place) != place:
        problems.add(place, f"{utterance} has its label in {places[utterance]} already")
