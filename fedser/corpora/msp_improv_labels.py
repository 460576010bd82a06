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

from fedser.corpora.label_lines import read_label_lines
from fedser.corpora.labels import NUMBER_LABELS
from fedser.errors import InputError

LABEL_FILES = ("Evalution.txt", "Evaluation.txt")
SCENARIOS = {"R": "read", "S": "improvised", "T": "target", "P": "natural"}

_CLIP = (
    r"UTD-IMPROV-S(?P<sentence>\d\d)(?P<intended>[AHSN])-(?P<speaker>[FM]0(?P<session>[1-6]))"
    r"-(?P<scenario>[RSTP])-(?P<turn>[FM][FM]\d+)"
)
_EMOTIONS = {"A": "angry", "H": "happy", "S": "sad", "N": "neutral", "O": "other", "X": "undecided"}
_NUMBER = r"\d+(?:\.\d+)?|NaN"
_LABEL = re.compile(
    rf"(?P<utterance>{_CLIP})\.avi\s*;\s*(?P<emotion>\w+)\s*;\s*A:\s*(?P<activation>{_NUMBER})\s*;"
    rf"\s*V:\s*(?P<valence>{_NUMBER})\s*;\s*D:\s*(?P<dominance>{_NUMBER})\s*;\s*N:\s*(?P<naturalness>{_NUMBER})\s*;?"
)

# An evaluator's line names no clip, so that what does is a label, well-formed or not.
_MARK = re.compile(r"UTD-IMPROV|\.avi")
_FORM = "'CLIP.avi; EMOTION; A:n; V:n; D:n ; N:n;', with a clip such as UTD-IMPROV-S01A-F01-S-FM01"


def read_labels(folder: Path) -> pd.DataFrame:
    """The evaluated clips of the release in ``folder``, in their order, with their speaker's ``gender``.

    Raises InputError when there is no label file, when there are two that differ, and with all of the malformed lines
    and of the clips that are labelled again.
    """
    path = _label_file(folder)
    labels = read_label_lines([path], _MARK, _LABEL, _FORM, _EMOTIONS)
    if not labels:
        raise InputError(f"{path}: no clip in it; a label starts as in 'UTD-IMPROV-S01A-F01-S-FM01.avi; N; A:3.0;'")
    return pd.DataFrame([_row(label) for label in labels])


def _label_file(folder: Path) -> Path:
    there = [folder / name for name in LABEL_FILES if (folder / name).is_file()]
    if not there:
        raise InputError(f"{folder}: no label file; MSP-IMPROV has {' or '.join(LABEL_FILES)} there")
    if len({path.read_bytes() for path in there}) > 1:
        raise InputError(f"{folder}: {' and '.join(LABEL_FILES)} differ; keep the one whose labels are meant")
    return there[0]


def _row(label: re.Match[str]) -> dict[str, str | float]:
    return {
        "utterance": label["utterance"].replace("UTD-", "MSP-", 1),
        "speaker": label["speaker"],
        "gender": "female" if label["speaker"][0] == "F" else "male",
        "session": label["session"],
        "emotion": _EMOTIONS[label["emotion"]],
        **{number: float(label[number]) for number in (*NUMBER_LABELS, "naturalness")},
        "scenario": SCENARIOS[label["scenario"]],
        "sentence": label["sentence"],
        "intended": _EMOTIONS[label["intended"]],
        "turn": label["turn"],
    }
