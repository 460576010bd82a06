"""The whole way from a waveform to hidden states, beside s3prl's own with torchaudio's front ends, on real speech."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from fedser.audio import read_audio
from fedser.features.s3prl import Apc, Decoar2, Npc, Tera, VqApc

ORACLE = Path(__file__).with_name("s3prl_oracle.py")
UPSTREAMS = {"apc": Apc, "vq_apc": VqApc, "npc": Npc, "tera": Tera, "tera_fbank": Tera, "decoar2": Decoar2}


@pytest.fixture(scope="module")
def speech(make_voice) -> np.ndarray:
    """Real speech where there is some beside the project, or else a vowel in a little noise."""
    data = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "ravdess"
    files = sorted(data.rglob("*.flac"))
    if files:
        return read_audio(files[0], 16000)
    voice = make_voice(3.0)
    return (voice + np.random.default_rng(0).normal(0, 0.01, len(voice))).astype(np.float32)


@pytest.fixture(scope="module")
def theirs(checkpoints: Path, speech: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, np.ndarray]:
    """By ``NAME/LAYER``: the hidden states that s3prl gives."""
    folder = tmp_path_factory.mktemp("oracle")
    np.save(folder / "wave.npy", speech)
    command = [sys.executable, str(ORACLE), str(checkpoints), str(folder / "wave.npy"), str(folder / "states.npz")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode == 77:
        pytest.skip(f"s3prl's own path needs torchaudio, which cannot be imported: {run.stdout.strip()}")
    assert run.returncode == 0, run.stderr
    return np.load(folder / "states.npz")


@pytest.mark.parametrize("name", UPSTREAMS)
def test_every_layer_is_s3prls(checkpoints: Path, theirs, speech: np.ndarray, name: str) -> None:
    """States are of the order of 1; the two ways round differently in their filterbanks."""
    layers = sum(key.startswith(f"{name}/") for key in theirs)
    assert layers >= 3
    for layer in range(layers):
        extractor = UPSTREAMS[name](checkpoint=str(checkpoints / f"{name}.ckpt"), layer=layer, pooling="none")
        ours, expected = extractor.extract(speech, 16000), theirs[f"{name}/{layer}"]
        assert ours.shape == expected.shape
        np.testing.assert_allclose(ours, expected, atol=2e-4)
        np.testing.assert_allclose(ours.mean(axis=0), expected.mean(axis=0), atol=1e-5)
    last = UPSTREAMS[name](checkpoint=str(checkpoints / f"{name}.ckpt"), pooling="none").extract(speech, 16000)
    assert last.tobytes() == ours.tobytes()
