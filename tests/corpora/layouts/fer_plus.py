"""FER+: three folders of images with their votes, and the table of all votes."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.fer_plus import FerPlus

# A grey picture of one pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c63680000008200815d1d4d9d0000000049454e44ae426082"
)
HEADER = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
FACES = {
    "FER2013Train": [
        "fer0000002 9,1,0,0,0,0,0,0,0,0",
        "fer0000000 0,9,0,0,0,0,0,0,1,0",
        "fer0000003 0,0,0,0,0,0,0,8,2,0",
    ],
    "FER2013Valid": ["fer0028638 4,0,0,0,1,0,0,4,1,0"],
    "FER2013Test": ["fer0032220 0,0,0,0,2,1,0,7,0,0", "fer0032221 0,0,0,0,0,0,0,0,0,10"],
}
USAGES = {"FER2013Train": "Training", "FER2013Valid": "PublicTest", "FER2013Test": "PrivateTest"}


def build(root: Path, sound) -> CorpusReader:
    whole = [HEADER]
    for folder, faces in FACES.items():
        place = root / "ferplus" / "data" / folder
        place.mkdir(parents=True, exist_ok=True)
        rows = [face.split(" ") for face in faces]
        for name, _ in rows:
            (place / f"{name}.png").write_bytes(PNG)
        (place / "label.csv").write_text("".join(f'{name}.png,"(0, 0, 48, 48)",{votes}\n' for name, votes in rows))
        whole += [f"{USAGES[folder]},{name}.png,{votes}\n" for name, votes in rows]
    whole.insert(2, "Training,,0,0,0,0,0,0,0,0,0,10\n")
    (root / "ferplus" / "fer2013new.csv").write_text("".join(whole))
    return FerPlus()
