"""Small audio files and corpora made of them, and an extractor that costs nothing."""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from fedser.corpora.corpus import Corpus

MakeVoice = Callable[..., Any]
MakeCorpus = Callable[..., Corpus]


def voice(seconds: float = 0.5, pitch: float = 120.0, rate: int = 16000) -> np.ndarray:
    """A vowel-like tone with vibrato and a syllable's envelope: whole 16-bit steps, the same on every machine."""
    time = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * pitch * time + 0.4 * np.sin(2 * np.pi * 5 * time)
    formants = (500.0, 1500.0, 2500.0)
    wave = np.zeros_like(time)
    for harmonic in range(1, 30):
        distance = min(abs(harmonic * pitch - formant) for formant in formants)
        wave += np.sin(harmonic * phase) / (1 + distance / 100) / harmonic**0.5
    wave *= 0.6 + 0.4 * np.sin(2 * np.pi * 3 * time)
    return (np.rint(8000 * wave / np.abs(wave).max()) / 32768).astype(np.float32)


@pytest.fixture(scope="session")
def make_voice() -> MakeVoice:
    return voice


@pytest.fixture(scope="session")
def make_corpus() -> MakeCorpus:
    def make(paths: list[Path], name: str = "toy") -> Corpus:
        table = {
            "utterance": [p.stem for p in paths],
            "path": [str(p) for p in paths],
            "speaker": "a",
            "emotion": "sad",
        }
        return Corpus(name, pd.DataFrame(table), pd.DataFrame({"speaker": ["a"], "gender": ["female"]}))

    return make


@pytest.fixture
def voices(tmp_path: Path) -> Callable[[int], list[Path]]:
    """Writes n different short WAV files below ``tmp_path / "audio"``."""

    def write(count: int) -> list[Path]:
        (tmp_path / "audio").mkdir(exist_ok=True)
        paths = [tmp_path / "audio" / f"voice-{number:02d}.wav" for number in range(count)]
        for number, path in enumerate(paths):
            soundfile.write(path, voice(0.2, 100 + 5 * number), 16000)
        return paths

    return write


def beside(name: str) -> ModuleType:
    """The module ``name`` of this folder, which holds no tests."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def pretrained() -> ModuleType:
    """Writes small models of transformers: ``save_speech`` and ``save_text``."""
    return beside("pretrained")


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with small files of s3prl's networks, NAME.ckpt; DeCoAR 2.0 is narrow in s3prl itself meanwhile."""
    from s3prl.upstream.decoar2 import decoar2

    module = beside("checkpoints")
    folder = tmp_path_factory.mktemp("checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        for key, value in module.NARROW.items():
            patch.setitem(decoar2.args, key, value)
        module.write_all(folder)
        yield folder
