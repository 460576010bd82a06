"""Features that cannot be: refused by ``check`` and ``run`` alike, before any work."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
import pytest

from fedser.config import load
from fedser.corpora import Corpus
from fedser.errors import ConfigError, InputError
from fedser.features import FeatureConfig
from fedser.features.extractor import TextExtractor
from fedser.features.opensmile import OpenSmile
from simulations import feature_checks
from simulations.corpora import read_corpora
from simulations.experiment import Experiment

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]


class Letters(TextExtractor):
    """How long a text is."""

    source: ClassVar[str] = "a test"
    name: Literal["letters"] = "letters"
    label: ClassVar[str] = "letters"

    def version(self) -> str:
        return "letters 1"

    def names(self) -> tuple[str, ...]:
        return ("letters",)

    def extract(self, text):
        return np.array([len(text)], np.float32)


@pytest.fixture(autouse=True)
def family(monkeypatch: pytest.MonkeyPatch) -> None:
    """One extractor that hears and one that reads."""
    others = feature_checks.members
    found = {FeatureConfig: (OpenSmile, Letters)}
    monkeypatch.setattr(feature_checks, "members", lambda union: found.get(union) or others(union))


def both(fedser: Cli, path: Path, out: Path) -> set[str]:
    """What ``check`` and ``run`` say, each with exit code 2 and without beginning a run."""
    messages = set()
    for command in (("check", path), ("run", path, "--out", out)):
        code, _, errors = fedser(*command)
        assert code == 2
        messages.add(errors.strip())
    assert not out.exists()
    return messages


def test_frames_are_refused_for_a_model_of_vectors(fedser: Cli, config: Write, tmp_path: Path) -> None:
    frames = {"name": "opensmile", "level": "LowLevelDescriptors", "pooling": "none"}
    assert both(fedser, config(features=frames), tmp_path / "run") == {
        "fedser: features.pooling: 'none' keeps an utterance's frames, and model mlp takes one vector (choose 'mean',"
        " or a model of gru, lstm, attention_cnn)"
    }


def test_vectors_are_refused_for_a_model_of_frames(fedser: Cli, config: Write, tmp_path: Path) -> None:
    assert both(fedser, config(model={"name": "gru"}), tmp_path / "run") == {
        "fedser: model.name: gru reads an utterance's frames, and features opensmile give one vector (choose features"
        " with pooling: none, such as lmfb, or a model of mlp)"
    }


@pytest.mark.parametrize("error", [ConfigError, InputError])
def test_an_extractor_that_cannot_work_here_says_so_first(
    fedser: Cli, config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def check(self: OpenSmile) -> None:
        raise error("features.checkpoint: no such file")

    monkeypatch.setattr(OpenSmile, "check", check)
    assert both(fedser, config(), tmp_path / "run") == {"fedser: features.checkpoint: no such file"}


def corpus(name: str) -> Corpus:
    utterances = pd.DataFrame({"utterance": ["1"], "text": ["Yes."], "speaker": ["s"], "emotion": ["sad"]})
    return Corpus(name, utterances, pd.DataFrame({"speaker": ["s"], "gender": ["male"]}))


def pictures(name: str) -> Corpus:
    talk = corpus(name)
    return replace(talk, utterances=talk.utterances.drop(columns="text").assign(path="/p/1.png"), media="image")


def test_every_corpus_that_lacks_what_is_wanted_is_told_what_could_be_chosen() -> None:
    with pytest.raises(InputError) as refusal:
        feature_checks.check_wanted(OpenSmile(), [corpus("isear"), pictures("ferplus")])
    assert str(refusal.value).splitlines() == [
        "corpus isear: no audio, which features opensmile wants; choose a text extractor (letters)",
        "corpus ferplus: images, not audio, which features opensmile wants",
    ]
    spoken = replace(pictures("ravdess"), media="audio")
    with pytest.raises(InputError) as refusal:
        feature_checks.check_wanted(Letters(), [corpus("isear"), spoken])
    assert str(refusal.value) == (
        "corpus ravdess: no text, which features letters wants; choose an audio extractor (opensmile)"
    )


def test_it_is_told_where_corpora_are_read(config: Write) -> None:
    study = load(Experiment, config(task={"name": "classification", "classes": ["sad", "angry"]}), ())

    def read(reader: object) -> Corpus:
        talk = corpus("talk")
        rows = [talk.utterances.assign(utterance=label, emotion=label) for label in ("sad", "angry")]
        return replace(talk, utterances=pd.concat(rows, ignore_index=True))

    with pytest.raises(InputError, match="corpus talk: no audio, which features opensmile wants; choose a text extr"):
        read_corpora(study, read)
