"""Where encoders find their models (folders, the hub's local cache, a download), and what is loaded for them."""

import os
import subprocess
import sys
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants

from fedser.errors import InputError
from fedser.features.encoders.place import place_of, weights_of

NAME = "someone/some-model"


def unreachable(model: str, allow_patterns: list[str]) -> str:
    raise OSError("no route to host\nSo look for a route.")


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """An empty local cache of the hub; and no test reaches the hub itself."""
    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    monkeypatch.setattr(huggingface_hub, "is_offline_mode", lambda: False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def fill(cache: Path, *names: str) -> Path:
    """What the hub's client leaves of a model."""
    model = cache / f"models--{NAME.replace('/', '--')}"
    snapshot = model / "snapshots" / "0123abcd"
    snapshot.mkdir(parents=True, exist_ok=True)
    (model / "refs").mkdir(exist_ok=True)
    (model / "refs" / "main").write_text("0123abcd", encoding="utf-8")
    for name in names:
        (snapshot / name).write_text("{}", encoding="utf-8")
    return snapshot


def refusal(model: str, download: bool = False) -> str:
    with pytest.raises(InputError) as error:
        place_of(model, download)
    return str(error.value)


def test_a_folder_is_itself(tmp_path, monkeypatch) -> None:
    assert place_of(str(tmp_path), False) == tmp_path
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    assert place_of(f"~/{tmp_path.name}", False) == tmp_path


@pytest.mark.parametrize("model", ["/no/such/folder", "../models/bert", "./bert", "models/bert/base"])
def test_a_missing_folder_is_refused(model) -> None:
    assert refusal(model) == f"features.model: no such folder: {model}"


@pytest.mark.parametrize("weights", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("download", [False, True])
def test_a_cached_model_is_found_without_a_network(weights, download, cache) -> None:
    folder = fill(cache, "config.json", weights)
    assert place_of(NAME, download) == folder


@pytest.mark.parametrize("names", [(), ("config.json",)])
def test_a_model_that_is_not_wholly_here_is_refused_with_the_ways_to_get_it(names, cache) -> None:
    if names:
        fill(cache, *names)
    assert refusal(NAME) == (
        f"features.model: {NAME} is neither a folder nor in the local cache of the Hugging Face hub ({cache}); fetch it"
        f" with `hf download {NAME}` or with download: true, or name a folder as `save_pretrained` writes it:"
        " config.json, model.safetensors (or pytorch_model.bin), and the files of what prepares its input"
    )


@pytest.mark.parametrize("weights", ["model.safetensors", "pytorch_model.bin"])
def test_a_download_fetches_one_kind_of_weights(weights, cache, monkeypatch) -> None:
    asked = []

    def fetch(model: str, allow_patterns: list[str]) -> str:
        asked.append(allow_patterns)
        wanted = ["config.json"] if "*.json" in allow_patterns else []
        return str(fill(cache, *wanted, *([weights] if any(Path(weights).match(p) for p in allow_patterns) else [])))

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    folder, requests = place_of(NAME, download=True), 1 if weights == "model.safetensors" else 2
    assert [path.name for path in weights_of(folder)] == [weights]
    assert len(asked) == requests
    assert place_of(NAME, download=True) == folder
    assert len(asked) == requests


def test_a_download_against_the_users_setting_is_refused(cache, monkeypatch) -> None:
    monkeypatch.setattr(huggingface_hub, "is_offline_mode", lambda: True)
    assert refusal(NAME, download=True) == (
        f"features.model: {NAME} cannot be downloaded: HF_HUB_OFFLINE is set; fetch it with `hf download {NAME}`"
    )


def test_a_failed_download_is_told(cache) -> None:
    assert refusal(NAME, download=True) == f"features.model: {NAME} cannot be downloaded: no route to host"


def test_safetensors_come_before_pickles(tmp_path) -> None:
    for name in ("pytorch_model.bin", "model-00002-of-00002.safetensors", "model-00001-of-00002.safetensors"):
        (tmp_path / name).touch()
    assert [path.name[:8] for path in weights_of(tmp_path)] == ["model-00", "model-00"]
    assert weights_of(tmp_path / "nothing") == ()


SCRIPT = """
import os, sys, warnings
from fedser.features.encoders.speech import Wav2Vec2
from fedser.features.encoders.text import TextEncoder
heavy = {"torch", "transformers", "huggingface_hub"}
print(*sorted(heavy & set(sys.modules)), "HF_HUB_OFFLINE" in os.environ)
TextEncoder().extract("a word")
print(*sorted((heavy | {"torchaudio", "sentence_transformers"}) & set(sys.modules)), os.environ["HF_HUB_OFFLINE"])
"""


def test_imports_are_late_and_offline_and_without_torchaudio() -> None:
    """Also where torchaudio is installed, and cannot be loaded beside this torch."""
    settings = {key: value for key, value in os.environ.items() if key != "HF_HUB_OFFLINE"}
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT], env=settings, capture_output=True, text=True, timeout=300
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == ["False", "huggingface_hub torch transformers 1"]
