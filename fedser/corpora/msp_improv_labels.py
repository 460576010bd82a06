"""MSP-IMPROV's label file, ``Evalution.txt`` as it was released or ``Evaluation.txt`` (Busso et al. 2017).

It has blocks of a clip's line, which is what its evaluators agree on, and a line of each evaluator::

    UTD-IMPROV-S01A-F01-S-FM01.avi; N; A:3.000000; V:3.500000; D:3.000000 ; N:4.000000;
    <evaluator>; Neutral; <secondary emotions>; A:3.000000; V:4.000000; D:3.000000; N:4.000000;

The letters are emotions, then activation, valence, dominance and naturalness, any of which may be NaN. The evaluators'
own lines are not read, so that it does not matter that some of them stand more than once in a block. The audio of a
clip is called MSP-IMPROV instead of UTD-IMPROV. All public readers take its fourth part (F01) for who speaks; the two
letters before the number at its end (FM01) are not explained in any, and are kept as they are.
"""

import re
from pathlib import Path

import pandas as pd

from fedser.corpora.transcripts import read_text
from fedser.errors import InputError, Problems

LABEL_FILES = ("Evalution.txt", "Evaluation.txt")
SCENARIOS = {"R": "read", "S": "improvised", "T": "target", "P": "natural"}

_CLIP = (
    r"IMPROV-S(?P<sentence>\d\d)(?P<intended>[AHSN])-(?P<speaker>[FM]0(?P<session>[1-6]))"
    r"-(?P<scenario>[RSTP])-(?P<turn>[FM][FM]\d+)"
)
_EMOTIONS = {"A": "angry", "H": "happy", "S": "sad", "N": "neutral", "O": "other", "X": "undecided"}
_NUMBER = r"\d+(?:\.\d+)?|NaN"
_LABEL = re.compile(
    rf"UTD-(?P<clip>{_CLIP})\.avi\s*;\s*(?P<emotion>\w+)\s*;\s*A:\s*(?P<activation>{_NUMBER})\s*;"
    rf"\s*V:\s*(?P<valence>{_NUMBER})\s*;\s*D:\s*(?P<dominance>{_NUMBER})\s*;\s*N:\s*(?P<naturalness>{_NUMBER})\s*;?"
)


def read_labels(folder: Path) -> pd.DataFrame:
    """The evaluated clips of the release in ``folder``, in their order, with their speaker's ``gender``.

    Raises InputError when there is no label file, when there are two that differ, and with all of the malformed lines
    and of the clips that are labelled again.
    """
    path = _label_file(folder)
    rows: list[dict[str, str | float]] = []
    seen: dict[str, str] = {}
    problems = Problems()
    for number, line in enumerate(read_text(path).splitlines(), 1):
        # An evaluator's line names no clip, so that what does is a label, well-formed or not.
        if "UTD-IMPROV" in line or ".avi" in line:
            with problems.collect(InputError):
                rows.append(_row(line.strip(), f"{path}:{number}", seen))
    problems.raise_if_any()
    if not rows:
        raise InputError(f"{path}: no clip in it; a label starts as in 'UTD-IMPROV-S01A-F01-S-FM01.avi; N; A:3.0;'")
    return pd.DataFrame(rows)


def _label_file(folder: Path) -> Path:
    there = [folder / name for name in LABEL_FILES if (folder / name).is_file()]
    if not there:
        raise InputError(f"{folder}: no label file; MSP-IMPROV has {' or '.join(LABEL_FILES)} there")
    if len({path.read_bytes() for path in there}) > 1:
        raise InputError(f"{folder}: {' and '.join(LABEL_FILES)} differ; keep the one whose labels are meant")
    return there[0]


def _row(line: str, place: str, seen: dict[str, str]) -> dict[str, str | float]:
    """What a clip's line says; ``seen`` is where clips have been labelled, and learns of this one."""
    label = _LABEL.fullmatch(line)
    if label is None:
        raise InputError(
            f"{place}: a label should read 'CLIP.avi; EMOTION; A:n; V:n; D:n ; N:n;',"
            f" with a clip such as UTD-IMPROV-S01A-F01-S-FM01, got {line!r}"
        )
    clip, emotion, problems = f"MSP-{label['clip']}", label["emotion"], Problems()
    if emotion not in _EMOTIONS:
        problems.add(place, f"the emotion of {clip} should be one of {', '.join(_EMOTIONS)}, got {emotion!r}")
    if clip in seen:
        problems.add(place, f"{clip} has its label in {seen[clip]} already")
    problems.raise_if_any()
    seen[clip] = place
    return {
        "utterance": clip,
        "speaker": label["speaker"],
        "gender": "female" if label["speaker"][0] == "F" else "male",
        "session": label["session"],
        "emotion": _EMOTIONS[emotion],
        **{number: float(label[number]) for number in ("valence", "activation", "dominance", "naturalness")},
        "scenario": SCENARIOS[label["scenario"]],
        "sentence": label["sentence"],
        "intended": _EMOTIONS[label["intended"]],
        "turn": label["turn"],
    }
