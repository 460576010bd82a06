"""MSP-IMPROV: every scenario and consensus, an evaluator who stands twice, and what else lies beside the audio."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.msp_improv import MSPImprov

CLIPS = [
    ("S01A-F01-S-FM01", "N", "3.000000", "3.500000", "3.000000", "Well, I did not see it."),
    ("S01A-M01-S-MF02", "A", "1.500000", "1.750000", "NaN", "How could you\nnot see it?"),
    ("S01A-F02-R-FF01", "S", "4.250000", "2.000000", "2.500000", "I have to go to class."),
    ("S13H-M06-T-FM10", "H", "2.000000", "4.500000", "3.250000", "I have to go to class."),
    ("S13H-M06-P-MF01", "O", "3.000000", "3.000000", "3.000000", "  \n"),
    ("S20N-F06-P-FM112", "X", "NaN", "3.250000", "3.000000", "Okay."),
]


def block(clip: str, emotion: str, activation: str, valence: str, dominance: str) -> str:
    """What evaluators said of one clip, in the official form."""
    evaluator = "A_1-b; Neutral; Neutral,Concerned (a bit),; A:3.000000; V:4.000000; D:NaN; N:4.000000;\n"
    return (
        f"UTD-IMPROV-{clip}.avi; {emotion}; A:{activation}; V:{valence}; D:{dominance} ; N:4.000000;\n"
        f"{evaluator}{evaluator}c2; Other; ; A:1.000000; V:2.000000; D:3.000000; N:5.000000;\n\n"
    )


def build(root: Path, sound) -> CorpusReader:
    folder = root / "msp_improv"
    (folder / "All_human_transcriptions").mkdir(parents=True)
    (folder / "Evalution.txt").write_text("".join(block(*clip[:5]) for clip in CLIPS))
    for clip, *_, said in CLIPS:
        sentence, speaker, scenario, _ = clip.split("-")
        place = folder / "Audio" / f"session{speaker[-1]}" / sentence / scenario
        sound(place / f"MSP-IMPROV-{clip}.wav")
        (place / f"MSP-IMPROV-{clip}.avi").write_bytes(b"RIFF")
        (place / f"._MSP-IMPROV-{clip}.wav").write_bytes(b"\x00\x05\x16\x07")
        texts = folder / "All_human_transcriptions" / f"session{speaker[-1]}"
        texts.mkdir(exist_ok=True)
        (texts / f"MSP-IMPROV-{clip}.txt").write_text(said)
    return MSPImprov()
