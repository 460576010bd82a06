"""Bad input through the command line: a message that says what to do, exit code 2, and nothing half-written."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from fedser.artifacts import tensors
from fedser.updates.store import UpdateStore

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]

GENDERS = {"01": "female", "02": "male", "03": "female", "04": "male"}


def manifest(folder: Path, genders: dict[str, str], seed: int = 0) -> dict[str, Any]:
    """A manifest corpus of noises in ``folder``: one utterance of each emotion per speaker."""
    folder.mkdir(parents=True)
    rows, generator = ["file,speaker,emotion,gender"], np.random.default_rng(seed)
    for speaker, gender in genders.items():
        for emotion in ("neutral", "happy", "sad", "angry"):
            name = f"{speaker}-{emotion}.wav"
            soundfile.write(folder / name, 0.1 * generator.standard_normal(8000), 16000)
            rows.append(f"{name},{speaker},{emotion},{gender}")
    (folder / "table.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    columns = {"path": "file", "speaker": "speaker", "emotion": "emotion"}
    place = {"path": str(folder / "table.csv"), "columns": columns, "speaker_attributes": ["gender"]}
    return {"name": "manifest", "corpus": folder.name} | place


def refused(cli: Cli, path: Path, out: Path, *more: object) -> str:
    """The message of a run that is refused with exit code 2 and without a traceback."""
    code, _, errors = cli("run", path, "--out", out, *more)
    assert code == 2, errors
    assert "Traceback" not in errors
    assert not (out / "simulate").exists()
    return " ".join(errors.split())


@pytest.fixture
def shadow(tmp_path: Path) -> dict[str, Any]:
    """A shadow corpus that is right."""
    return manifest(tmp_path / "other", GENDERS, seed=1)


def test_every_mistake_of_a_config_is_told_at_its_line(fedser: Cli, config: Write, tmp_path: Path) -> None:
    path = config(algorithm={"name": "fedsgd", "client_fracton": 0.5}, rounds=0)
    lines = path.read_text().splitlines()
    fraction = next(n for n, line in enumerate(lines, 1) if "client_fracton" in line)
    code, _, errors = fedser("run", path, "--out", tmp_path / "run", "--set", "seed=-1")
    assert code == 2
    assert f"small.yaml:{fraction}: algorithm.client_fracton: unknown key, did you mean 'client_fraction'?" in errors
    assert "rounds: should be greater than or equal to 1, got 0" in errors
    assert "--set seed=-1: seed: should be greater than or equal to 0, got -1" in errors
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("engine", "text"),
    [
        ({"name": "cohort", "device": "cuda:99"}, "engine.device: 'cuda:99', but torch finds "),
        ({"name": "cohort", "device": "cpu", "precision": "tf32"}, "engine.precision: tf32 needs a GPU"),
        ({"name": "flower", "grid": "in_process", "device": "cuda:99"}, "engine.device: 'cuda:99', but torch finds "),
        (
            {"name": "flower", "device": "cpu", "workers": 10_000},
            "engine.workers: 10000 processes of one core each, but there are ",
        ),
    ],
)
def test_an_engine_that_this_machine_cannot_run_is_refused_before_any_work(
    fedser: Cli, config: Write, tmp_path: Path, engine: dict[str, Any], text: str
) -> None:
    """Not by ``check``, which may look at a study of another machine."""
    path = config(engine=engine)
    assert text in refused(fedser, path, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert fedser("check", path)[0] == 0


def test_a_missing_corpus_says_how_to_get_it(fedser: Cli, config: Write, tmp_path: Path) -> None:
    corpora = {"private": {"name": "ravdess"}, "shadow": [{"name": "emodb"}]}
    path = config(corpora=corpora, data_root=str(tmp_path))
    errors = refused(fedser, path, tmp_path / "run")
    assert f"{tmp_path}/ravdess: no such folder; RAVDESS belongs there. Get it from https://zenodo.org" in errors
    assert f"{tmp_path}/emodb: no such folder" in errors
    assert "--set data_root=DIR or the environment variable FEDSER_DATA" in errors


def test_a_wrong_layout_is_shown_beside_the_right_one(
    fedser: Cli, config: Write, tmp_path: Path, shadow: dict[str, Any]
) -> None:
    manifest(tmp_path / "ravdess", GENDERS)
    path = config(corpora={"private": {"name": "ravdess"}, "shadow": [shadow]}, data_root=str(tmp_path))
    errors = refused(fedser, path, tmp_path / "run")
    assert "no audio file where it should be (found" in errors
    assert "RAVDESS has files such as Audio_Speech_Actors_01-24/Actor_01/03-01-01-01-01-01-01.wav" in errors


def test_an_empty_corpus_is_refused(fedser: Cli, config: Write, tmp_path: Path, shadow: dict[str, Any]) -> None:
    (tmp_path / "ravdess").mkdir()
    path = config(corpora={"private": {"name": "ravdess"}, "shadow": [shadow]}, data_root=str(tmp_path))
    assert "ravdess: an empty folder; RAVDESS has files such as" in refused(fedser, path, tmp_path / "run")


def test_speakers_without_the_attribute_are_named(
    fedser: Cli, config: Write, tmp_path: Path, shadow: dict[str, Any]
) -> None:
    private = manifest(tmp_path / "mine", GENDERS | {"03": ""})
    errors = refused(fedser, config(corpora={"private": private, "shadow": [shadow]}), tmp_path / "run")
    assert "corpus mine: 1 of 4 speakers have no gender: 03" in errors


def test_an_attribute_of_one_value_is_refused(
    fedser: Cli, config: Write, tmp_path: Path, shadow: dict[str, Any]
) -> None:
    private = manifest(tmp_path / "mine", dict.fromkeys(GENDERS, "female"))
    errors = refused(fedser, config(corpora={"private": private, "shadow": [shadow]}), tmp_path / "run")
    assert "corpus mine: all speakers have the same gender, female: nothing to infer" in errors


def test_an_unknown_attribute_is_refused_with_the_known_ones(
    fedser: Cli, config: Write, tmp_path: Path, shadow: dict[str, Any]
) -> None:
    private = manifest(tmp_path / "mine", GENDERS)
    path = config(corpora={"private": private, "shadow": [shadow]}, attribute="accent")
    errors = refused(fedser, path, tmp_path / "run")
    assert "corpus mine: no speaker attribute 'accent' (choose from gender)" in errors
    assert "corpus other: no speaker attribute 'accent' (choose from gender)" in errors


def test_fewer_speakers_than_folds_are_refused(
    fedser: Cli, config: Write, tmp_path: Path, shadow: dict[str, Any]
) -> None:
    corpora = {"private": manifest(tmp_path / "mine", GENDERS), "shadow": [shadow]}
    path = config(corpora=corpora, partition={"name": "speaker", "folds": {"number": 5}})
    errors = refused(fedser, path, tmp_path / "run")
    assert "partition.folds.number: 5 folds, but corpus mine has only 4 speakers; choose at most 4" in errors


def test_private_and_shadow_may_not_overlap(fedser: Cli, config: Write, tmp_path: Path) -> None:
    private, shadow = (manifest(tmp_path / name, GENDERS) for name in ("mine", "copied"))
    errors = refused(fedser, config(corpora={"private": private, "shadow": [shadow]}), tmp_path / "run")
    assert "private and shadow overlap: 16 of 16 audio files of mine are also in copied" in errors


def test_git_lfs_pointers_are_refused_with_the_fix(
    fedser: Cli, config: Write, tmp_path: Path, shadow: dict[str, Any]
) -> None:
    private = manifest(tmp_path / "mine", GENDERS)
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 10\n"
    (tmp_path / "mine" / "01-sad.wav").write_text(pointer)
    errors = refused(fedser, config(corpora={"private": private, "shadow": [shadow]}), tmp_path / "run")
    assert "1 of 16 files are git-lfs pointers (01-sad.wav); run `git lfs pull`" in errors


def test_bad_audio_is_named_all_at_once_and_can_be_dropped(
    fedser: Cli, config: Write, tmp_path: Path, shadow: dict[str, Any]
) -> None:
    private = manifest(tmp_path / "mine", GENDERS)
    soundfile.write(tmp_path / "mine" / "01-sad.wav", np.zeros(8000), 16000)
    (tmp_path / "mine" / "02-sad.wav").write_bytes(b"RIFF")
    corpora = {"private": private, "shadow": [shadow]}
    errors = refused(fedser, config(corpora=corpora), tmp_path / "run")
    assert "2 of 16 audio files cannot be used" in errors
    assert "01-sad.wav" in errors and "02-sad.wav" in errors and "features.on_bad_input: drop" in errors
    cured = (
        config(corpora=corpora, attacks=[], oracle=None),
        "--out",
        tmp_path / "run",
        "--set",
        "features.on_bad_input=drop",
    )
    assert fedser("run", *cured)[0] == 0
    dropped = pd.read_csv(tmp_path / "run" / "dropped.csv")
    assert list(dropped["utterance"]) == ["01-sad.wav", "02-sad.wav"]
    assert set(dropped["reason"]) == {"bad audio"} and dropped["detail"].str.len().min() > 5
    assert "Left out: mine 2 (bad audio)." in (tmp_path / "run" / "report.html").read_text()


def test_a_folder_of_something_else_is_refused(fedser: Cli, config: Write, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").touch()
    assert "not empty and not a run's folder" in refused(fedser, config(), tmp_path / "run")


def test_an_attack_that_was_left_nothing_to_read_is_refused_before_any_work(
    fedser: Cli, config: Write, tmp_path: Path
) -> None:
    errors = refused(fedser, config(capture={"layers": ["dense2"]}), tmp_path / "run")
    assert "attack logistic: reads dense1, but capture.layers leaves out dense1 (captured: dense2)" in errors
    assert not (tmp_path / "run").exists()


def test_a_full_disk_leaves_the_finished_rounds_readable(
    fedser: Cli, config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = tensors.save_file

    def full_after_three(arrays: Any, path: Path, metadata: dict[str, str]) -> None:
        if "round-000004" in str(path):
            raise OSError(errno.ENOSPC, "No space left on device")
        write(arrays, path, metadata)

    monkeypatch.setattr(tensors, "save_file", full_after_three)
    out, path = tmp_path / "run", config(attacks=[], oracle=None)
    code, _, errors = fedser("run", path, "--out", out)
    assert code == 2
    message = " ".join(errors.split())
    assert "cannot write this round: the disk is full; all earlier rounds are kept, run again to resume" in message
    store = UpdateStore(out / "simulate" / "private-0" / "updates")
    # What was already on its way when the disk was full is written too, if there is room again.
    assert store.rounds[:3] == (1, 2, 3) and 4 not in store.rounds
    assert [part.number for part in store.read()] == list(store.rounds)
    assert not list(out.rglob("*.part"))
    monkeypatch.setattr(tensors, "save_file", write)
    assert fedser("run", path, "--out", out)[0] == 0


def test_a_client_that_fails_ends_the_run_loudly(fedser: Cli, config: Write, tmp_path: Path) -> None:
    path = config(algorithm={"name": "fedsgd", "client_fraction": 0.5, "learning_rate": 1e30})
    code, _, errors = fedser("run", path, "--out", tmp_path / "run")
    message = " ".join(errors.split())
    assert code == 1
    assert "training private-0, round" in message and "the loss is nan" in message
    assert "lower algorithm.learning_rate (it is 1e+30)" in message
    store = UpdateStore(tmp_path / "run" / "simulate" / "private-0" / "updates")
    assert len(store.rounds) >= 1 and len(list(store.read())) == len(store.rounds)


def test_a_wrong_place_for_results_is_told_in_words(fedser: Cli, config: Write, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert f"{tmp_path}/file: not a folder; choose another with --out" in refused(fedser, config(), tmp_path / "file")
    code, _, errors = fedser("run", config(), "--out", tmp_path / "file" / "below")
    assert code == 2 and "Traceback" not in errors and "Not a directory" in errors
    code, _, errors = fedser("report", tmp_path / "file")
    assert code == 2 and "Traceback" not in errors


def test_a_cache_that_is_a_file_is_refused(
    fedser: Cli, config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").touch()
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path / "cache"))
    errors = refused(fedser, config(), tmp_path / "run")
    assert f"{tmp_path}/cache: not a folder; set FEDSER_CACHE to one, or leave it out" in errors


def test_a_folder_without_any_result_may_be_used_again(fedser: Cli, config: Write, tmp_path: Path) -> None:
    refused(fedser, config(partition={"name": "speaker", "folds": {"number": 9}}), tmp_path / "run")
    assert fedser("run", config(), "--out", tmp_path / "run")[0] == 0


def test_check_refuses_what_run_would_refuse(
    fedser: Cli, config: Write, tmp_path: Path, shadow: dict[str, Any]
) -> None:
    private = manifest(tmp_path / "mine", GENDERS)
    for changes, message in (
        ({"partition": {"name": "speaker", "parts": 5}}, "partition.parts: 5 clients per speaker"),
        ({"partition": {"name": "speaker", "folds": {"number": 5}}}, "5 folds, but corpus mine has only 4 speakers"),
        ({"attribute": "age"}, "no speaker attribute 'age'"),
        ({"capture": {"layers": ["densee1"]}}, "capture.layers: unknown densee1 (choose from dense1, dense2, dense3)"),
    ):
        path = config(corpora={"private": private, "shadow": [shadow]}, **changes)
        for command in (("check", path), ("run", path, "--out", tmp_path / "run")):
            code, _, errors = fedser(*command)
            assert code == 2 and message in " ".join(errors.split())
    assert not (tmp_path / "run").exists()


def test_a_lost_round_is_not_passed_over(fedser: Cli, config: Write, tmp_path: Path) -> None:
    out, path = tmp_path / "run", config(attacks=[{"name": "centroid"}], oracle=None)
    assert fedser("run", path, "--out", out)[0] == 0
    before = (out / "leakage.csv").read_bytes()
    (out / "simulate" / "private-1" / "updates" / "round-000002.safetensors").unlink()
    code, _, errors = fedser("run", path, "--out", out)
    message = " ".join(errors.split())
    assert code == 2
    assert "1 captured rounds are missing, the first of them 2; delete" in message
    shutil.rmtree(out / "simulate" / "private-1")
    assert fedser("run", path, "--out", out)[0] == 0
    assert (out / "leakage.csv").read_bytes() == before
