"""Small corpora in their official layouts, with a little real audio in every file."""

import importlib.util
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import soundfile

from fedser.corpora import CorpusReader, ReadContext

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


def _builders() -> dict[str, Builder]:
    """One module of ``layouts`` for each reader, of its name, with ``build(root, sound)``."""
    known = {}
    for path in sorted(Path(__file__).with_name("layouts").glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"layout_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        known[path.stem] = partial(module.build, sound=sound)
    return known


@pytest.fixture(scope="session")
def builders() -> Mapping[str, Builder]:
    """By the reader's name: what makes a small corpus below a data root, and returns the reader for it."""
    return MappingProxyType(_builders())


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
