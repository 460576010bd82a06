"""Waves to extract features from: harmonics of a gliding pitch in noise, each of them another, written once."""

from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from fedser.corpora.corpus import Corpus
from fedser.seeds import Stream

SAMPLE_RATE = 16000
_HARMONICS = np.arange(1, 16)[:, None]


def write_waves(folder: Path, count: int, seconds: float, seed: int) -> Corpus:
    """A corpus of ``count`` files below ``folder``."""
    generator = Stream(seed)("bench", "waves").numpy()
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    paths = [folder / f"{number:06d}.wav" for number in range(count)]
    for path in paths:
        pitch = generator.uniform(90, 250)
        phase = 2 * np.pi * pitch * time + 0.5 * np.sin(2 * np.pi * generator.uniform(2, 6) * time)
        voiced = (np.sin(_HARMONICS * phase) / _HARMONICS).sum(axis=0) * np.sin(np.pi * time / seconds)
        wave = 0.2 * voiced + 0.005 * generator.standard_normal(len(time))
        soundfile.write(path, wave.astype(np.float32), SAMPLE_RATE)
    return _corpus(paths)


def _corpus(paths: list[Path]) -> Corpus:
    table = {"utterance": [path.stem for path in paths], "path": list(map(str, paths))}
    utterances = pd.DataFrame(table).assign(speaker="a", emotion="neutral")
    return Corpus("waves", utterances, pd.DataFrame({"speaker": ["a"]}))
