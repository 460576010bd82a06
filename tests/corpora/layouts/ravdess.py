"""RAVDESS, its speech part: four actors in every emotion."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.ravdess import RAVDESS


def build(root: Path, sound) -> CorpusReader:
    for actor in ("24", "01", "02", "11"):
        for emotion in range(1, 9):
            stem = f"03-01-0{emotion}-0{1 + (emotion > 1)}-01-02-{actor}"
            sound(root / "ravdess" / "Audio_Speech_Actors_01-24" / f"Actor_{actor}" / f"{stem}.wav")
    return RAVDESS()
