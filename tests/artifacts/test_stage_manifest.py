"""A stage is finished, unfinished or another one, and its manifest knows which."""

import json
import re
from pathlib import Path

import pytest

from fedser.artifacts.manifest import MANIFEST, is_complete, read_manifest, stage, stage_key, versions
from fedser.errors import InputError

CONFIG, INPUTS = {"rounds": 3, "rate": 0.1}, {"features": "abc"}
KEY = stage_key(CONFIG, INPUTS)


def run(folder: Path, config: dict[str, object] | None = None) -> None:
    with stage(folder, "simulate", config or CONFIG, INPUTS, 7):
        (folder / "result").write_text("done")


def test_a_finished_stage_is_complete(tmp_path: Path) -> None:
    run(tmp_path / "simulate")
    assert is_complete(tmp_path / "simulate", KEY)


def test_a_stage_of_another_config_or_other_inputs_is_not(tmp_path: Path) -> None:
    run(tmp_path)
    assert not is_complete(tmp_path, stage_key(CONFIG | {"rounds": 4}, INPUTS))
    assert not is_complete(tmp_path, stage_key(CONFIG, {"features": "abd"}))


def test_a_stage_of_another_version_of_the_code_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path)
    monkeypatch.setattr("fedser.artifacts.manifest.__version__", "0.0.0")
    assert not is_complete(tmp_path, stage_key(CONFIG, INPUTS))


def test_a_stage_that_runs_or_has_failed_is_not_complete(tmp_path: Path) -> None:
    def fail() -> None:
        with stage(tmp_path, "simulate", CONFIG, INPUTS, 7) as key:
            assert key == KEY
            assert not is_complete(tmp_path, KEY)
            raise RuntimeError("a client failed")

    with pytest.raises(RuntimeError, match=r"^a client failed$"):
        fail()
    assert not is_complete(tmp_path, KEY)
    manifest = read_manifest(tmp_path)
    assert manifest is not None
    assert (manifest["key"], manifest["end"]) == (KEY, None)


def test_a_stage_that_is_done_again_is_not_complete_until_it_ends(tmp_path: Path) -> None:
    run(tmp_path)
    with stage(tmp_path, "simulate", CONFIG, INPUTS, 7):
        assert not is_complete(tmp_path, KEY)
    assert is_complete(tmp_path, KEY)


def test_a_folder_without_a_manifest_is_not_complete(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    assert not is_complete(tmp_path, KEY)
    assert not is_complete(tmp_path / "none", KEY)


def test_the_key_tells_config_from_inputs_and_forgets_their_order() -> None:
    assert stage_key({"a": 1, "b": 2}, {}) == stage_key({"b": 2, "a": 1}, {})
    assert stage_key({"a": "1"}, {}) != stage_key({}, {"a": "1"})


def test_a_manifest_says_what_was_made_from_what_and_when(tmp_path: Path) -> None:
    run(tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text(encoding="utf-8"))
    moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
    assert moment.fullmatch(manifest.pop("start"))
    assert moment.fullmatch(manifest.pop("end"))
    assert manifest == {
        "stage": "simulate",
        "key": KEY,
        "seed": 7,
        "versions": versions(),
        "inputs": INPUTS,
        "config": CONFIG,
    }


def test_the_versions_are_those_of_what_decides_a_result() -> None:
    assert list(versions()) == ["python", "fedser", "torch", "numpy", "flwr", "ray", "opensmile", "scikit-learn"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not readable (Expecting property name enclosed in double quotes: line 1 column 2 (char 1)): delete"),
        ("{}", "not the manifest of a stage (stage, key, end missing)"),
    ],
)
def test_a_damaged_manifest_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputError) as refusal:
        is_complete(tmp_path, KEY)
    assert str(refusal.value).startswith(f"{tmp_path / MANIFEST}: {message}")
