"""FairFace: a table for each of the two parts, and the images beside them."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.fairface import FairFace

TABLES = {
    "train": ["41,20-29,Male,White,True", "140,20-29,Female,East Asian,False", "9,more than 70,Female,Black,True"],
    "val": ["6,30-39,Male,Latino_Hispanic,False", "10,3-9,Male,Southeast Asian,False"],
}


def build(root: Path, sound) -> CorpusReader:
    for part, rows in TABLES.items():
        folder = root / "fairface" / part
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["file,age,gender,race,service_test\n"]
        for row in rows:
            number, rest = row.split(",", 1)
            (folder / f"{number}.jpg").write_bytes(b"\xff\xd8\xff\xd9" + number.encode())
            lines.append(f"{part}/{number}.jpg,{rest}\n")
        (root / "fairface" / f"fairface_label_{part}.csv").write_text("".join(lines))
    return FairFace()
