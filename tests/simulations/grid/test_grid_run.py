"""Running grids: what is trained, what is shared, what a failure leaves, and how a run goes on."""

import fcntl
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fedser.engine.inline import Inline
from fedser.errors import CaptureError
from simulations.grid import run as grid_run

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of all trainings that are really run."""
    names: list[str] = []
    run = Inline.run

    def counted(self: Inline, training: Any) -> Any:
        names.append(training.simulation.training)
        return run(self, training)

    monkeypatch.setattr(Inline, "run", counted)
    return names


def test_cells_share_what_is_the_same_and_train_the_rest(
    fedser: Cli, file: Write, tmp_path: Path, trained: list[str]
) -> None:
    """Two private folds for each of two rates, whatever the shadow corpora are, and a shadow training per cell."""
    out, path = tmp_path / "run", file(leave_out=[{"shadow": "two", "rate": "0.2"}])
    code, _, errors = fedser("run", path, "--out", out)
    assert code == 0, errors
    assert sorted(trained) == ["private-0"] * 2 + ["private-1"] * 2 + ["shadow-0"] * 3
    assert "cell 1 of 3: one/0.1\n" in errors and "cell 3 of 3: two/0.1, about " in errors
    first, second = (out / "cells" / cell / "simulate/private-0" for cell in ("one/0.1", "two/0.1"))
    assert (first / "state.safetensors").samefile(second / "state.safetensors")
    manifests = [json.loads((place / "manifest.json").read_text()) for place in (first, second)]
    assert manifests[0]["key"] != manifests[1]["key"] and manifests[0]["start"] == manifests[1]["start"]
    alone = tmp_path / "alone"
    assert fedser("run", path, "--out", alone, "--cells", "shadow=two")[0] == 0
    for name in ("leakage.csv", "ser.csv", "history.csv"):
        assert (alone / "cells/two/0.1" / name).read_bytes() == (out / "cells/two/0.1" / name).read_bytes()


def test_a_part_is_run_and_the_rest_later_and_what_is_finished_stays(
    fedser: Cli, file: Write, tmp_path: Path, trained: list[str]
) -> None:
    out, path = tmp_path / "run", file()
    assert fedser("run", path, "--out", out, "--cells", "shadow=one,rate=0.1")[0] == 0
    assert len(trained) == 3
    states = {each: each.stat().st_mtime_ns for each in out.rglob("state.safetensors")}
    assert fedser("run", path, "--out", out, "--cells", "rate=0.1")[0] == 0
    assert len(trained) == 4
    assert {each: each.stat().st_mtime_ns for each in states} == states


def test_a_cell_that_fails_is_named_and_a_later_run_goes_on(
    fedser: Cli, file: Write, tmp_path: Path, trained: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, path, run = tmp_path / "run", file(), grid_run.run_experiment

    def failing(experiment: Any, *others: Any) -> Any:
        if experiment.name == "tiny-one-0.2":
            raise CaptureError("no room")
        return run(experiment, *others)

    monkeypatch.setattr(grid_run, "run_experiment", failing)
    code, _, errors = fedser("run", path, "--out", out, "--cells", "shadow=one")
    assert code == 2 and "cell one/0.2: no room" in errors
    assert (out / "cells/one/0.1/report.html").is_file() and len(trained) == 3
    assert set(pd.read_csv(out / "leakage.csv", dtype=str)["rate"]) == {"0.1"}
    assert "1 of 4 cells are finished" in (out / "report.html").read_text()
    monkeypatch.setattr(grid_run, "run_experiment", run)
    assert fedser("run", path, "--out", out, "--cells", "shadow=one")[0] == 0
    assert len(trained) == 6
    page = (out / "report.html").read_bytes()
    (out / "report.html").unlink()
    assert fedser("report", out)[0] == 0
    assert (out / "report.html").read_bytes() == page and b"2 of 4 cells are finished" in page


def test_a_folder_of_something_else_or_at_work_is_left_alone(fedser: Cli, file: Write, tmp_path: Path) -> None:
    out, few = tmp_path / "run", ("--cells", "shadow=one,rate=0.1")
    assert fedser("run", file(attacks=[], oracle=None), "--out", out, *few)[0] == 0
    code, _, errors = fedser("run", file(attacks=[], oracle=None, rounds=2), "--out", out, *few)
    assert code == 2 and f"{out}/cells/one/0.1: holds a run of another config (it differs in rounds)" in errors
    axes = {"rate": {"1": {"algorithm.learning_rate": 1.0}}}
    code, _, errors = fedser("run", file(axes=axes, attacks=[], oracle=None), "--out", out)
    assert code == 2 and "holds a grid of other axes (shadow, rate); choose another folder" in errors
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, _, errors = fedser("run", file(attacks=[], oracle=None), "--out", out)
    assert code == 2 and "another run is at work in it" in errors
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("x")
    code, _, errors = fedser("run", file(attacks=[], oracle=None), "--out", tmp_path / "other")
    assert code == 2 and "not empty and not a grid's folder" in errors


def test_check_tells_the_work_of_each_cell_and_counts_what_is_shared_once(
    fedser: Cli, file: Write, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    code, shown, errors = fedser("check", file(), "--cells", "rate=0.1")
    assert code == 0, errors
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines() if "│" in line]
    # Two folds of four clients, two a round, and a shadow training of two clients a round or, of sixteen, four.
    assert [row[:4] for row in rows] == [
        ["one", "0.1", "3", "18"],
        ["two", "0.1", "3", "24"],
        ["all 2 cells", "", "4", "30"],
    ]
    assert sorted(tmp_path.rglob("*")) == [*before, tmp_path / "tiny.yaml"]


def test_what_cannot_work_is_told_of_all_cells_before_any_work(fedser: Cli, file: Write, tmp_path: Path) -> None:
    axes = {"layer": {"1": {"capture.layers": ["dense1"]}, "9": {"capture.layers": ["dense9"]}}}
    path = file(axes=axes, corpora={"private": {"name": "ravdess"}, "shadow": [{"name": "emodb", "path": "none"}]})
    code, _, errors = fedser("run", path, "--out", tmp_path / "run")
    assert code == 2 and "capture.layers: unknown dense9 (choose from dense1, dense2) (in 9)" in " ".join(
        errors.split()
    )
    assert not (tmp_path / "run").exists()


def test_cells_are_of_grids_only(fedser: Cli, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("name: one\n")
    code, _, errors = fedser("check", tmp_path / "one.yaml", "--cells", "a=b")
    assert code == 2 and "--cells: " in errors and "describes one experiment, no grid" in errors
