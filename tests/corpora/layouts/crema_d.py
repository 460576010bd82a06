"""CREMA-D: audio beside the other media, demographics at the root, votes with a tie, and the clip without a signal."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.crema_d import CremaD

ACTORS = """"ActorID","Age","Sex","Race","Ethnicity"
1001,51,"Male","Caucasian","Not Hispanic"
1040,42,"Male","African American","Not Hispanic"
1076,25,"Female","Unknown","Hispanic"
1091,29,"Female","Asian","Not Hispanic"
"""
VOTES = (
    ("1001_IEO_NEU_XX", "N", "N", "N"),
    ("1091_IEO_HAP_LO", "N", "H", "H"),
    ("1091_IEO_ANG_HI", "A", "A:D", "A"),
    ("1040_ITH_SAD_XX", "N", "N", "F"),
    ("1076_MTI_SAD_XX", "S", "S", "S"),
    ("1076_TSI_FEA_MD", "F", "F:N:S", "F:N"),
    ("1076_DFA_DIS_XX", "D", "D", "D"),
)
HEADER = '"","FileName","VoiceVote","VoiceLevel","FaceVote","FaceLevel","MultiModalVote","MultiModalLevel"'


def votes_table(rows=VOTES) -> str:
    lines = [
        f'"{number}","{clip}","{voice}","69.1","{face}","92.22","{both}","64.78"'
        for number, (clip, voice, face, both) in enumerate(rows, 1)
    ]
    return "\n".join([HEADER, *lines]) + "\n"


def build(root: Path, sound) -> CorpusReader:
    folder = root / "crema-d"
    for number, (clip, *_) in enumerate(VOTES):
        sound(folder / "AudioWAV" / f"{clip}{'.flac' if number % 2 else '.wav'}")
        for other in (f"AudioMP3/{clip}.mp3", f"VideoFlash/{clip}.flv"):
            (folder / other).parent.mkdir(exist_ok=True)
            (folder / other).write_bytes(b"other media")
    (folder / "VideoDemographics.csv").write_text(ACTORS)
    (folder / "processedResults").mkdir()
    (folder / "processedResults" / "summaryTable.csv").write_text(votes_table())
    return CremaD()
