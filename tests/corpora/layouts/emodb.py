"""EmoDB: speakers of either sex, several emotions, and audio under either suffix."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.emodb import EmoDB


def build(root: Path, sound) -> CorpusReader:
    for number, stem in enumerate(["16b10Td", "03a01Fa", "03a01Nc", "08a02Wb", "08b03La", "14a04Ec", "14a05Ab"]):
        sound(root / "emodb" / "wav" / f"{stem}{'.flac' if number % 2 else '.wav'}")
    return EmoDB()
