"""The bench as a user runs it: small sizes, all sides, its printed result and its files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from simulations.bench.__main__ import main
from simulations.bench.agreement import Agreement
from simulations.bench.hardware import describe
from simulations.bench.measure import Sample
from simulations.bench.ratios import Ratio
from simulations.bench.results import Results
from simulations.bench.setting import Setting

TINY = ["--rounds", "1", "--repetitions", "2", "--clients", "20", "--utterances", "6", "--features", "5"]


def _bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "simulations.bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The output and the folder of one small run with every engine."""
    folder = tmp_path_factory.mktemp("run") / "bench"
    done = _bench(*TINY, "--engines", "inline,flower", "--out", str(folder))
    assert done.returncode == 0, done.stderr
    return done.stdout, folder


def test_ratios_are_printed_first_then_the_rest(finished: tuple[str, Path]) -> None:
    output = finished[0]
    places = [
        output.index(text)
        for text in (
            "Ratios of seconds",
            "plain / inline",
            "plain / flower",
            "lean / inline",
            "inline / floor",
            "flower / floor",
            "Milliseconds (wall clock)",
            "Same arithmetic?",
            "fedsgd: flower agrees with inline",
            "fedavg: floor agrees with inline",
            "Setting: 20 clients, 2 a round",
            "Machine: ",
            "csv: ",
        )
    ]
    assert places[0] == 0
    assert places == sorted(places)
    assert "DIFFERS" not in output


def test_csv_holds_every_repetition_of_every_side(finished: tuple[str, Path]) -> None:
    seconds = pd.read_csv(finished[1] / "seconds.csv")
    assert list(seconds.columns) == ["side", "algorithm", "unit", "repetition", "seconds"]
    assert set(seconds["side"]) == {"inline", "flower", "plain", "lean", "floor"}
    assert len(seconds) == 5 * 2 * 2 * 2
    assert not seconds.duplicated(["side", "algorithm", "unit", "repetition"]).any()
    assert (seconds["seconds"] > 0).all()


def test_csv_holds_the_ratios_and_the_agreement(finished: tuple[str, Path]) -> None:
    ratios = pd.read_csv(finished[1] / "ratios.csv")
    assert list(ratios.columns) == ["above", "below", "algorithm", "unit", "median", "low", "high"]
    assert len(ratios) == 6 * 4
    assert ((ratios["low"] <= ratios["median"]) & (ratios["median"] <= ratios["high"])).all()
    agreement = pd.read_csv(finished[1] / "agreement.csv")
    assert list(agreement.columns) == ["side", "reference", "algorithm", "loss", "score", "model"]
    assert len(agreement) == 4 * 2
    assert (agreement["loss"] < 1e-4).all()


def test_the_machine_and_the_setting_are_kept(finished: tuple[str, Path]) -> None:
    kept = json.loads((finished[1] / "machine.json").read_text(encoding="utf-8"))
    assert {"cpu", "cores", "cores_usable", "memory_gib", "torch_threads", "versions"} <= set(kept["machine"])
    assert Setting.model_validate_json(json.dumps(kept["setting"])).clients == 20


def _main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of the script in this process."""
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(str(ended.value.code))


def test_an_unknown_engine_ends_with_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main(monkeypatch, *TINY, "--engines", "inline,flour") == 2
    assert capsys.readouterr().err.strip() == "bench: --engines: unknown 'flour' (choose from inline, flower)"


def test_sides_that_differ_end_with_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    results = Results(
        setting=Setting(),
        machine=describe(),
        samples=tuple(Sample(side, "fedsgd", "round", 0, 1.0) for side in ("inline", "plain")),
        ratios=(Ratio("plain", "inline", "fedsgd", "round", 1.0, 1.0, 1.0),),
        agreements=(Agreement("plain", "inline", "fedsgd", loss=0.5, score=0.0, model=0.0),),
    )
    monkeypatch.setattr("simulations.bench.bench.bench", lambda *_: results)
    assert _main(monkeypatch, "--out", str(tmp_path)) == 1
    output = capsys.readouterr().out
    assert "fedsgd: plain DIFFERS FROM inline (loss 5e-01, scores 0e+00, model 0e+00)" in output
    assert pd.read_csv(tmp_path / "agreement.csv")["loss"].tolist() == [0.5]
