"""IEMOCAP: label and transcript files of two dialogs each, with all that the official ones have beside the labels."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.iemocap import IEMOCAP

HEADER = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
TURNS = {
    "Ses01F_impro01": [
        ("F000", "neu", (2.5, 2.5, 2.5), "Excuse me."),
        ("M000", "exc", (4.0, 4.5, 3.5), "Do you have [LAUGHTER] your forms?"),
        ("M001", "xxx", (3.0, 3.0, 3.0), "Yeah."),
    ],
    "Ses03M_impro05a": [
        ("F000", "ang", (1.5, 4.0, 4.5), "No: never."),
        ("M000", "hap", (4.5, 3.0, 3.0), "That's what they say."),
    ],
    "Ses05F_script01_1": [
        ("F001", "sad", (2.0, 1.6667, 2.0), "What's the matter?"),
        ("M002", "oth", (3.0, 2.5, 3.0), "Nothing."),
        ("M003", "fru", (2.0, 3.5, 4.0), "The trouble is, you never listen."),
    ],
}


def block(dialog: str, number: int, turn: str, emotion: str, numbers: tuple[float, ...]) -> str:
    """What evaluators said of one turn, in the official form, a line without dom among them."""
    start, vad = 6.2901 + number, ", ".join(f"{value:.4f}" for value in numbers)
    return (
        f"[{start:.4f} - {start + 1.5:.4f}]\t{dialog}_{turn}\t{emotion}\t[{vad}]\n"
        "C-E2:\tNeutral;\t()\nC-E3:\tNeutral; Happiness;\t()\nC-F1:\tNeutral;\t(curious)\n"
        "A-E3:\tval 3; act 2; dom  2;\t()\nA-E4:\tval 2; act 3; \t(mildly aggravated)\n"
        "A-M1:\tval 3; act 2; dom  2;\t()\n\n"
    )


def build(root: Path, sound) -> CorpusReader:
    for dialog, turns in TURNS.items():
        session = root / "iemocap" / f"Session{dialog[4]}"
        for name in ("EmoEvaluation/Categorical", "EmoEvaluation/Attribute", "transcriptions"):
            (session / "dialog" / name).mkdir(parents=True, exist_ok=True)
        labels = [block(dialog, number, *turn[:3]) for number, turn in enumerate(turns)]
        evaluation = session / "dialog" / "EmoEvaluation"
        (evaluation / f"{dialog}.txt").write_text(HEADER + "".join(labels))
        (evaluation / f"._{dialog}.txt").write_bytes(b"\x00\x05\x16\x07[" + dialog.encode())
        (evaluation / "Categorical" / f"{dialog}_e1_cat.txt").write_text(f"{dialog}_F000 :Neutral state; ()\n")
        said = [f"{dialog}_{turn[0]} [006.2901-008.2357]: {turn[3]}\n" for turn in turns]
        said.insert(1, "M: Yeah.\n")
        said.append(f"{dialog}_MXX0 [151.2551-153.4251]: [LAUGHTER], That's what they say.\n")
        (session / "dialog" / "transcriptions" / f"{dialog}.txt").write_text("".join(said))
        for number, turn in enumerate(turns):
            suffix = ".flac" if number == 1 else ".wav"
            sound(session / "sentences" / "wav" / dialog / f"{dialog}_{turn[0]}{suffix}")
        (session / "sentences" / "wav" / dialog / f"._{dialog}_F000.wav").write_bytes(b"\x00\x05\x16\x07")
    return IEMOCAP()
