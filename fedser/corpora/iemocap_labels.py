"""IEMOCAP's label and transcript files, one of each for every dialog (Busso et al. 2008).

A label file has blocks of a turn's line, which is what its evaluators agree on, and a line of each evaluator::

    [6.2901 - 8.2357]<TAB>Ses01F_impro01_F000<TAB>neu<TAB>[2.5000, 2.5000, 2.5000]
    C-E2:<TAB>Neutral;<TAB>()
    A-E3:<TAB>val 3; act 2; dom  2;<TAB>()

The turn is of session 1, and F, at the end, is the speaker: the F after the session's number stands for who wears the
motion-capture markers. The evaluators' own lines are not read, so that it does not matter that some of them lack dom.
"""

import re
from pathlib import Path

import pandas as pd

from fedser.corpora.label_lines import read_label_lines
from fedser.corpora.labels import NUMBER_LABELS
from fedser.corpora.transcripts import read_text
from fedser.errors import InputError

LABEL_FILES = "Session[1-5]/dialog/EmoEvaluation/*.txt"
TRANSCRIPT_FILES = "Session[1-5]/dialog/transcriptions/*.txt"

_SCENARIOS = {"impro": "improvised", "script": "scripted"}
_EMOTIONS = {
    "ang": "angry",
    "dis": "disgust",
    "exc": "excited",
    "fea": "fearful",
    "fru": "frustrated",
    "hap": "happy",
    "neu": "neutral",
    "oth": "other",
    "sad": "sad",
    "sur": "surprised",
    "xxx": "undecided",
}
_TURN = r"(?P<dialogue>Ses0(?P<session>[1-5])[FM]_(?P<scenario>impro|script)\w+)_(?P<speaker>[FM])\d+"
_NUMBER = r"\d+(?:\.\d+)?"
_LABEL = re.compile(
    rf"\[\s*{_NUMBER}\s*-\s*{_NUMBER}\s*\]\s+(?P<utterance>{_TURN})\s+(?P<emotion>\w+)\s+"
    rf"\[\s*(?P<valence>{_NUMBER})\s*,\s*(?P<activation>{_NUMBER})\s*,\s*(?P<dominance>{_NUMBER})\s*\]"
)
# An evaluator's line names no turn, nor does the header, so that what does is a label, well-formed or not.
_MARK = re.compile(r"^\[|Ses0")
_FORM = "'[START - END] TURN EMOTION [V, A, D]', with a turn such as Ses01F_impro01_F000"
_SAID = re.compile(r"(?P<turn>Ses\w+)\s*\[[^\]]*\]\s*:(?P<text>.*)")


def read_labels(folder: Path) -> pd.DataFrame:
    """The evaluated turns of the release in ``folder``, in their order, with their speaker's ``gender``.

    Sub-folders (evaluations one by one) and what macOS leaves behind (``._*``) are not read. Raises InputError when
    there is no label file, and with all of the malformed lines and of the turns that are labelled again.
    """
    files = _files(folder, LABEL_FILES)
    if not files:
        raise InputError(
            f"{folder}: no label file; IEMOCAP has them in Session1/dialog/EmoEvaluation/Ses01F_impro01.txt and so on"
        )
    labels = read_label_lines(files, _MARK, _LABEL, _FORM, _EMOTIONS)
    if not labels:
        raise InputError(f"{folder}: no turn in {len(files)} label files, such as {files[0].relative_to(folder)}")
    return pd.DataFrame([_row(label) for label in labels])


def read_transcripts(folder: Path) -> dict[str, str] | None:
    """What was said in each turn, noises in brackets as in the release; None where it has no transcripts.

    Lines of unnamed speech (``M: Yeah.``) are in the official files, and are no turn's.
    """
    files = _files(folder, TRANSCRIPT_FILES)
    if not files:
        return None
    lines = (line.strip() for path in files for line in read_text(path).splitlines())
    return {said["turn"]: said["text"] for said in map(_SAID.fullmatch, lines) if said}


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.glob(pattern) if path.is_file() and not path.name.startswith("."))


def _row(label: re.Match[str]) -> dict[str, str | float]:
    return {
        "utterance": label["utterance"],
        "speaker": f"Ses0{label['session']}{label['speaker']}",
        "gender": "female" if label["speaker"] == "F" else "male",
        "session": label["session"],
        "emotion": _EMOTIONS[label["emotion"]],
        **{number: float(label[number]) for number in NUMBER_LABELS},
        "scenario": _SCENARIOS[label["scenario"]],
        "dialogue": label["dialogue"],
    }
