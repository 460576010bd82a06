"""A table of what people say, a small random BERT that reads it, and lexicons, all made once for the session."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

SAID = {
    "negative": [
        "I hate this awful day",
        "What a sad terrible story",
        "She is so angry at her father",
        "Bad, bad luck",
    ],
    "neutral": ["The train leaves at nine", "It is on the table", "He said so to his mother", "Two of them came"],
    "positive": ["I love this lovely day", "What a happy wonderful story", "She likes Ross's joke", "Great, good luck"],
}
RATED = {"hate": 1.5, "awful": 2.0, "sad": 2.1, "terrible": 2.0, "angry": 2.5, "bad": 2.8, "love": 8.0, "lovely": 7.8}
RATED |= {"happy": 8.4, "wonderful": 8.0, "great": 7.5, "good": 7.9, "table": 5.0, "train": 5.2}


def module(name: str) -> ModuleType:
    """What writes small models of transformers, where their own tests have it."""
    path = Path(__file__).resolve().parents[2] / "features" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="session")
def small_models() -> ModuleType:
    """``save_text`` writes a small random model of a kind, and its tokenizer."""
    return module("pretrained")


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory, small_models: ModuleType) -> Path:
    """The folder of a small random BERT: not to be written to."""
    found: Path = small_models.save_text(tmp_path_factory.mktemp("bert") / "model", "bert")
    return found


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with two tables of texts and a lexicon of ratings: not to be written to."""
    folder = tmp_path_factory.mktemp("data")
    for name, people in (("talk", "abcdef"), ("other", "stuvwxyz")):
        rows = ["text,speaker,emotion,gender"]
        for number, speaker in enumerate(people):
            gender = "female" if number % 2 == 0 else "male"
            for label, sentences in SAID.items():
                emotion = {"negative": "sad", "neutral": "neutral", "positive": "happy"}[label]
                rows += [f'"{text}, says {speaker}.",{speaker},{emotion},{gender}' for text in sentences]
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    rated = [",Word,V.Mean.Sum,A.Mean.Sum", *(f"{n},{word},{v},{v}" for n, (word, v) in enumerate(RATED.items(), 1))]
    (folder / "warriner.csv").write_text("\n".join(rated) + "\n", encoding="utf-8")
    return folder


def table(corpus: str) -> dict[str, Any]:
    """The reader of one of the tables."""
    columns = {"path": None, "text": "text"}
    return {
        "name": "manifest",
        "corpus": corpus,
        "path": f"{corpus}.csv",
        "columns": columns,
        "speaker_attributes": ["gender"],
    }


@pytest.fixture
def config(tmp_path: Path, bert: Path, place: Path) -> Callable[..., Path]:
    """Writes a small study's YAML file, with some of its keys changed."""

    def write(**changes: Any) -> Path:
        study = {
            "name": "small",
            "seed": 3,
            "corpus": table("talk"),
            "unbiased": table("other") | {"corpus": "fair"},
            "cross": [table("other")],
            "splits": {"groups": 3},
            "encoder": {"name": "text_encoder", "model": str(bert)},
            "training": {"hidden": 8, "epochs": 3, "patience": 1},
            "seeds": 1,
            "models": [
                {"name": n} for n in ("general", "priv_adv", "priv_aug", "priv_bias", "gender_exp", "art_noise")
            ],
            "leakage": {"reader": {"name": "logistic", "regularisation": [0.1], "folds": 2}},
            "explain": {"per_cell": 1, "shown": 2, "methods": [{"name": "integrated_gradients", "steps": 16}]},
            "lexicons": {"meaning": {"name": "warriner", "path": "warriner.csv"}},
            "data_root": str(place),
        }
        path = tmp_path / "small.yaml"
        path.write_text(yaml.safe_dump(study | changes, sort_keys=False), encoding="utf-8")
        return path

    return write
