"""A whole text study through the command line: every table, a page, nothing done twice, and what is refused first."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]
MODELS = ["general", "priv_adv", "priv_aug", "priv_bias", "gender_exp", "art_noise"]


@pytest.fixture
def ran(fedser: Cli, config: Write, tmp_path: Path) -> Path:
    """The folder of a small study of all six models that was run, with what it printed in ``output``."""
    code, output, errors = fedser("run", config(), "--out", tmp_path / "run", "--workers", 1)
    assert code == 0, errors
    (tmp_path / "output").write_text(output, encoding="utf-8")
    return tmp_path / "run"


def test_a_study_tells_what_each_model_is_worth_gives_away_and_rests_on(fedser: Cli, ran: Path) -> None:
    task, leakage, rests = (pd.read_csv(ran / f"{name}.csv") for name in ("task", "leakage", "attribution"))
    assert task["model"].tolist() == MODELS * 2 and set(task["corpus"]) == {"talk", "other"}
    assert list(dict.fromkeys(leakage["learned_on"])) == ["own", "across", "other"]
    for table in (task, leakage):
        assert table["value"].between(0, 1).all()
    general = rests[(rests["model"] == "general") & (rests["measure"] == "mad")]
    assert general["value"].tolist() == [0.0]
    assert rests[rests["measure"] == "p_sc"]["value"].dropna().between(0, 1).all()
    swapped = pd.read_csv(ran / "swapped.csv")
    assert set(swapped["model"]) == {"priv_aug"}
    assert {("father", "mother"), ("ross", "rachel")} <= set(zip(swapped["from"], swapped["to"], strict=True))
    _check_page(ran)
    _check_again(fedser, ran)


def _check_page(ran: Path) -> None:
    page = (ran / "report.html").read_text(encoding="utf-8")
    assert all(f">{model}<" in page for model in MODELS)
    assert len(re.findall(r"<mark[^>]*title=", page)) > 10
    assert "http" not in re.sub(r"<code>.*?</code>|https?://[\w./-]+ \(licen", "", page, flags=re.DOTALL)
    printed = (ran.parent / "output").read_text(encoding="utf-8")
    assert "On talk, General recognises valence with a UAR of" in printed and "report: " in printed


def _check_again(fedser: Cli, ran: Path) -> None:
    """Nothing is made anew; the report alone gives the same page; more texts are explained, and nothing trained."""
    made = {path: path.stat().st_mtime_ns for path in ran.rglob("manifest.json")}
    tables = {name: (ran / f"{name}.csv").read_bytes() for name in ("task", "leakage", "attribution")}
    assert fedser("run", ran.parent / "small.yaml", "--out", ran, "--workers", 1)[0] == 0
    assert {path: path.stat().st_mtime_ns for path in ran.rglob("manifest.json")} == made
    assert {name: (ran / f"{name}.csv").read_bytes() for name in tables} == tables
    page = (ran / "report.html").read_bytes()
    assert fedser("report", ran)[0] == 0
    assert (ran / "report.html").read_bytes() == page
    more = ("--set", "explain.per_cell=2", "--set", "explain.shown=0")
    assert fedser("run", ran.parent / "small.yaml", "--out", ran, "--workers", 1, *more)[0] == 0
    again = {path for path in made if path.stat().st_mtime_ns != made[path]}
    assert {path.parent.parent.name for path in again} == {"explanations"}


def test_speakers_are_on_one_side_only(fedser: Cli, config: Write, tmp_path: Path) -> None:
    models = [{"name": "general"}]
    path = config(models=models, splits={"groups": 3, "rotations": 3})
    code, _, errors = fedser("run", path, "--out", tmp_path / "run", "--workers", 1)
    assert code == 0, errors
    splits = json.loads((tmp_path / "run" / "texts" / "splits.json").read_text())
    assert len(splits) == 3
    for split in splits:
        sides = [set(split[side]) for side in ("train", "validation", "test")]
        assert sum(map(len, sides)) == len(set.union(*sides)) == 6
        assert all(len({"abcdef".index(name) % 2 for name in side}) == 2 for side in sides)  # both genders
    assert sorted(name for split in splits for name in split["test"]) == list("abcdef")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"models": [{"name": "priv_adv"}]}, "without general, with which all others are compared"),
        ({"unbiased": None}, "priv_bias needs a corpus as `unbiased`"),
        ({"models": [{"name": "general"}, {"name": "general"}]}, "general is given twice"),
        ({"splits": {"groups": 3, "rotations": 4}}, "rotations: 4 of 3 groups; choose 3 or less"),
        ({"splits": {"groups": 7}}, "7 folds, but corpus given has only 6 speakers; choose at most 6"),
        ({"lexicons": {"meaning": {"name": "nrc_vad"}}}, "get the NRC-VAD lexicon (https://saifmohammad.com"),
        ({"lexicons": {"meaning": {"name": "warriner"}}}, "text/lexicons/Ratings_Warriner_et_al.csv: no such lexicon"),
        ({"models": [{"name": "general"}, {"name": "priv_aug", "words": "none.csv"}]}, "none.csv"),
        ({"task": {"dimension": "activation"}}, "nothing says the activation of its utterances"),
        ({"cross": [{"name": "isear", "corpus": "isear", "path": "nowhere"}]}, "nowhere"),
        ({"attribute": "age"}, "no speaker attribute 'age' (choose from gender)"),
        ({"values": ["woman", "man"]}, "no speaker's gender is one of woman, man"),
        ({"encoder": {"name": "text_encoder", "model": "./no-model"}}, "no-model"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(
    fedser: Cli, config: Write, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    code, _, errors = fedser("run", config(**changes), "--out", tmp_path / "run")
    assert code == 2
    assert said in " ".join(errors.split())
    assert not (tmp_path / "run").exists()


def test_check_tells_the_work_and_touches_nothing(fedser: Cli, config: Write, tmp_path: Path) -> None:
    code, output, errors = fedser("check", config())
    assert code == 0, errors
    assert "6 trainings; 6 of them are explained" in output and "2 speakers" in output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.yaml"]


def test_a_folder_of_something_else_is_not_written_into(fedser: Cli, config: Write, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("x")
    code, _, errors = fedser("run", config(), "--out", tmp_path / "run", "--workers", 1)
    assert code == 2 and "not empty and not a text study's folder" in errors
