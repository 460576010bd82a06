"""A whole study on texts alone: from a table to the report, and for nothing the second time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]

SAID = {"neutral": "It is late", "happy": "What a lovely day", "sad": "I miss them so much", "angry": "Leave me alone"}


@pytest.fixture
def talk(tmp_path: Path) -> dict[str, Any]:
    """Four speakers who each say something of every emotion, in a table."""
    rows = ["text,speaker,emotion,gender"]
    for speaker, gender in {"a": "female", "b": "male", "c": "female", "d": "male"}.items():
        rows += [f"{text}; says {speaker}.,{speaker},{emotion},{gender}" for emotion, text in SAID.items()]
    (tmp_path / "talk.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    columns = {"path": None, "text": "text"}
    place = {"path": str(tmp_path / "talk.csv"), "columns": columns, "speaker_attributes": ["gender"]}
    return {"name": "manifest", "corpus": "talk"} | place


def test_a_study_runs_on_texts(fedser: Cli, config: Write, tmp_path: Path, talk: dict[str, Any]) -> None:
    alone: dict[str, Any] = {"corpora": {"private": talk}, "attacks": [], "oracle": None, "rounds": 1}
    path = config(features={"name": "text_encoder"}, **alone)
    shown = []
    for name in ("first", "second"):
        code, output, errors = fedser("run", path, "--out", tmp_path / name)
        assert code == 0, errors
        assert "report.html" in output
        shown.append([line for line in errors.splitlines() if line.startswith("features talk")])
    assert shown == [["features talk: 0/16", "features talk: 16/16"], ["features talk: 16/16"]]


def test_what_it_would_hear_is_not_there(fedser: Cli, config: Write, tmp_path: Path, talk: dict[str, Any]) -> None:
    path = config(corpora={"private": talk}, attacks=[], oracle=None)
    for command in (("check", path), ("run", path, "--out", tmp_path / "run")):
        code, _, errors = fedser(*command)
        assert code == 2
        said = "corpus talk: no audio, which features opensmile wants; choose a text extractor (text_encoder)"
        assert said in " ".join(errors.split())
    assert not (tmp_path / "run").exists()
