"""The whole of a run through the command line: what it leaves, what it keeps, and how it goes on."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from safetensors import safe_open

from simulations.stages.prepared import Prepared

Cli = Callable[..., tuple[int, str, str]]

RESULTS = (
    "report.html",
    "leakage.csv",
    "leakage_accumulated.csv",
    "leakage_rounds.csv",
    "membership.csv",
    "membership_roc.csv",
    "ser.csv",
    "history.csv",
    "corpora.csv",
    "experiment.json",
)


@pytest.mark.parametrize("algorithm", ["fedsgd", "fedavg"])
def test_a_run_leaves_all_results(algorithm: str, fedser: Cli, config: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "run"
    attacks = [{"name": "logistic"}, {"name": "cnn", "epochs": 1}, {"name": "majority"}, {"name": "permuted"}]
    path = config(attacks=attacks, algorithm={"name": algorithm, "client_fraction": 0.5}, defenses=[_DROPOUT])
    code, shown, errors = fedser("run", path, "--out", out)
    assert code == 0, errors
    assert all((out / name).is_file() for name in RESULTS)
    assert "logistic" in shown and "report.html" in shown
    table = pd.read_csv(out / "leakage.csv")
    assert set(table["attack"]) == {"logistic", "cnn", "majority", "permuted", "oracle"}
    assert set(table[table["attack"] == "cnn"]["layer"]) == {"dense1", "dense2", "dense3", "fused"}
    assert set(table["unit"]) == {"update", "client", "speaker"}
    assert set(table["defense"]) == {"dropout(rate=0.4 layer=1)"} and set(table["algorithm"]) == {algorithm}
    assert len(list((out / "figures").glob("*.svg"))) == len(list((out / "figures").glob("*.png"))) > 3
    history = pd.read_csv(out / "history.csv")
    assert len(history) == 4 * 6 and set(history["role"]) == {"private", "shadow"}
    assert list(pd.read_csv(out / "ser.csv").groupby("training").size()) == [2] * 4


_DROPOUT = {"name": "dropout", "rate": 0.4}


def test_what_is_captured_says_nothing_of_the_speakers(
    fedser: Cli, config: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    assert fedser("run", config(attacks=[], oracle=None), "--out", out)[0] == 0
    for folder in out.glob("simulate/*/updates"):
        with safe_open(next(folder.glob("*.safetensors")), "np") as shard:
            told = (folder / "public.json").read_text() + str(shard.metadata()) + str(list(shard.keys()))
        assert not re.search(r"male|gender|speaker|synthetic|\b00\d\b|[abc]/", told), told
    owners = Prepared(out / "features" / "private").owners
    assert owners != sorted(owners), "pseudonyms follow the order of the speakers"


def test_a_finished_run_is_not_run_again(fedser: Cli, config: Callable[..., Path], tmp_path: Path) -> None:
    out, path = tmp_path / "run", config()
    assert fedser("run", path, "--out", out)[0] == 0
    before = {file: file.stat().st_mtime_ns for file in out.rglob("*.safetensors")}
    starts = _starts(out)
    assert fedser("run", path, "--out", out)[0] == 0
    assert {file: file.stat().st_mtime_ns for file in out.rglob("*.safetensors")} == before
    assert _starts(out) == starts


def test_a_changed_attack_leaves_the_trainings_alone(fedser: Cli, config: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert fedser("run", config(), "--out", out)[0] == 0
    starts = _starts(out)
    changed = config(attacks=[{"name": "logistic", "folds": 2}, {"name": "majority"}])
    code, _, errors = fedser("run", changed, "--out", out)
    assert code == 2
    assert "holds a run of another config (it differs in attacks)" in errors
    assert "go on in it with --continue" in errors
    assert fedser("run", changed, "--out", out, "--continue")[0] == 0
    assert {place: start for place, start in _starts(out).items() if "attack" not in place} == {
        place: start for place, start in starts.items() if "attack" not in place
    }


def test_another_precision_is_another_result_and_another_engine_is_not(
    fedser: Cli, config: Callable[..., Path], tmp_path: Path
) -> None:
    out, quick = tmp_path / "run", {"attacks": [], "oracle": None, "rounds": 2}
    assert fedser("run", config(**quick), "--out", out)[0] == 0
    starts, history = _starts(out), (out / "history.csv").read_bytes()
    assert fedser("run", config(**quick, engine={"name": "cohort"}), "--out", out)[0] == 0
    assert _starts(out) == starts
    rounded = config(**quick, engine={"name": "cohort", "device": "cpu", "precision": "bf16"})
    code, _, errors = fedser("run", rounded, "--out", out)
    assert code == 2 and "holds a run of another config (it differs in engine.precision)" in errors
    assert fedser("run", rounded, "--out", out, "--continue")[0] == 0
    again = {place for place, start in _starts(out).items() if start != starts[place]}
    assert again == {place for place in starts if place.startswith("simulate")}
    assert (out / "history.csv").read_bytes() != history


def _starts(out: Path) -> dict[str, str]:
    manifests = {str(path.relative_to(out)): json.loads(path.read_text()) for path in out.rglob("manifest.json")}
    return {place: manifest["start"] + manifest["key"] for place, manifest in manifests.items()}


def test_a_report_is_rebuilt_from_the_folder_alone(fedser: Cli, config: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert fedser("run", config(), "--out", out)[0] == 0
    page = (out / "report.html").read_text()
    (out / "report.html").unlink()
    assert fedser("report", out)[0] == 0
    assert (out / "report.html").read_text() == page


def test_one_client_trains_centrally_and_is_not_attacked(
    fedser: Cli, config: Callable[..., Path], tmp_path: Path
) -> None:
    path = config(partition={"name": "single", "folds": {"number": 2}}, attacks=[], oracle=None)
    assert fedser("run", path, "--out", tmp_path / "run")[0] == 0
    assert pd.read_csv(tmp_path / "run" / "leakage.csv").empty


@pytest.mark.parametrize("algorithm", ["fedsgd", "fedavg"])
def test_a_killed_run_goes_on_to_the_same_result(algorithm: str, config: Callable[..., Path], tmp_path: Path) -> None:
    algorithms = {"name": algorithm, "client_fraction": 0.5}
    path = config(rounds=30, algorithm=algorithms, attacks=[{"name": "logistic", "folds": 2}], oracle=None)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.Popen(_command(path, killed), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _wait_for(killed / "simulate" / "shadow-0" / "updates" / "round-000013.safetensors", process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (killed / "leakage.csv").exists()
    for out in (killed, whole):
        subprocess.run(_command(path, out), check=True, capture_output=True)
    for name in ("leakage.csv", "ser.csv", "history.csv"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()
    for file in whole.rglob("*.safetensors"):
        assert (killed / file.relative_to(whole)).read_bytes() == file.read_bytes(), file


def _command(path: Path, out: Path) -> list[str]:
    return [sys.executable, "-c", "from simulations.cli import main; main()", "run", str(path), "--out", str(out)]


def _wait_for(file: Path, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(6000):
        if file.exists():
            return
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.01)
    raise AssertionError(f"{file} did not appear")


def test_check_prints_the_experiment_and_touches_nothing(
    fedser: Cli, config: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("FEDSER_CACHE", str(cache))
    path = config()
    before = sorted(tmp_path.rglob("*"))
    code, shown, _ = fedser("check", path, "--set", "rounds=7")
    assert code == 0
    assert "rounds: 7" in shown and "validation: 0.2" in shown
    # 8 speakers in 2 folds: 4 clients, 2 a round, 7 rounds, 2 trainings.
    assert [row.split("│")[2].strip() for row in shown.splitlines() if "client updates" in row] == ["28"]
    assert sorted(tmp_path.rglob("*")) == before


def test_list_names_every_plugin_with_its_source(fedser: Cli) -> None:
    from simulations.families import families, plugin_name

    code, shown, _ = fedser("list")
    assert code == 0
    for family, plugins in families().items():
        assert f"\n{family}\n" in f"\n{shown}"
        for plugin in plugins:
            line = next(line for line in shown.splitlines() if line.strip().startswith(f"{plugin_name(plugin)} "))
            assert plugin.source and plugin.source in shown and len(line) > len(plugin_name(plugin)) + 4
