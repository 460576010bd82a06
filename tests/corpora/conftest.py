"""Small corpora in their official layouts, with a little real audio in every file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import soundfile

from fedser.corpora import CorpusReader, ReadContext
from fedser.corpora.emodb import EmoDB
from fedser.corpora.manifest import Columns, Manifest
from fedser.corpora.ravdess import Ravdess
from fedser.corpora.synthetic import Synthetic

POINTER = (
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32\nsize 12345\n"
)

Builder = Callable[[Path], CorpusReader]
"""Makes a small corpus below a data root and returns the reader for it."""


def sound(path: Path, seed: int = 0) -> Path:
    """A short noise, another for each path and seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([seed, *path.name.encode()])
    soundfile.write(path, rng.normal(0.0, 0.1, 800), 16000)
    return path


def emodb(root: Path) -> CorpusReader:
    for number, stem in enumerate(["16b10Td", "03a01Fa", "03a01Nc", "08a02Wb", "08b03La", "14a04Ec", "14a05Ab"]):
        sound(root / "emodb" / "wav" / f"{stem}{'.flac' if number % 2 else '.wav'}")
    return EmoDB()


def ravdess(root: Path) -> CorpusReader:
    for actor in ("24", "01", "02", "11"):
        for emotion in range(1, 9):
            stem = f"03-01-0{emotion}-0{1 + (emotion > 1)}-01-02-{actor}"
            sound(root / "ravdess" / "Audio_Speech_Actors_01-24" / f"Actor_{actor}" / f"{stem}.wav")
    return Ravdess()


def manifest(root: Path) -> CorpusReader:
    lines = ["file;who;mood;sex;years"]
    for number in range(6):
        speaker = f"s{number % 3}"
        sound(root / "mine" / "audio" / f"{number}.wav")
        lines.append(
            f"audio/{number}.wav;{speaker};{['joy', 'sad'][number // 3]};{'FMF'[number % 3]};{30 + number % 3}"
        )
    (root / "mine" / "list.csv").write_text("\n".join(lines) + "\n")
    return Manifest(
        corpus="mine",
        path="mine/list.csv",
        delimiter=";",
        columns=Columns(path="file", speaker="who", emotion="mood"),
        speaker_attributes=("sex", "years"),
        label_map={"joy": "happy"},
        value_map={"sex": {"F": "female", "M": "male"}},
    )


def synthetic(root: Path) -> CorpusReader:
    return Synthetic(corpus="made", speakers=3, utterances_per_emotion=1)


@pytest.fixture(scope="session")
def builders() -> Mapping[str, Builder]:
    """By the reader's name: what makes a small corpus for it."""
    known = {"emodb": emodb, "ravdess": ravdess, "manifest": manifest, "synthetic": synthetic}
    return MappingProxyType(known)


@pytest.fixture
def context(tmp_path: Path) -> ReadContext:
    """An empty data root and an empty cache."""
    (tmp_path / "data").mkdir()
    return ReadContext(tmp_path / "data", tmp_path / "cache")


@pytest.fixture(scope="session")
def make_sound() -> Callable[..., Path]:
    """Writes a short noise to a path."""
    return sound


@pytest.fixture(scope="session")
def pointer() -> str:
    """What git-lfs leaves where a file should be."""
    return POINTER
