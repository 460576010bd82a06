"""``fedser bench`` as a user runs it: small sizes, all sides, its printed result, its files, and what it refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest

from simulations.bench.agreement import Agreement
from simulations.bench.bench import Bench
from simulations.bench.benches import BENCHES
from simulations.bench.hardware import describe
from simulations.bench.ratios import Ratio
from simulations.bench.results import Results
from simulations.bench.rounds import RoundBench
from simulations.bench.sample import Sample
from simulations.cli import main
from simulations.progress import Bars

TINY = ["rounds=1", "repetitions=2", "clients=20", "utterances=6", "features=5", "cores=1"]
SIDES = ["cohort", "inline", "flower", "plain", "lean", "floor"]


def _bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", "from simulations.cli import main; main()", "bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The output and the folder of one small run with every engine."""
    folder = tmp_path_factory.mktemp("run") / "bench"
    settings = [word for setting in TINY for word in ("--set", setting)]
    done = _bench("round", *settings, "--out", str(folder))
    assert done.returncode == 0, done.stderr
    return done.stdout, folder


def test_ratios_are_printed_first_then_the_rest(finished: tuple[str, Path]) -> None:
    output = finished[0]
    places = [
        output.index(text)
        for text in (
            "Ratios: median (lowest-highest)",
            "plain / cohort",
            "lean / cohort",
            "inline / cohort",
            "flower / cohort",
            "cohort / floor",
            "Values: median (lowest-highest)",
            "ms a client update",
            "Same arithmetic?",
            "fedsgd: cohort agrees with inline",
            "fedavg: floor agrees with inline",
            "Bench round: 20 clients, 2 a round",
            "Machine: ",
            "csv and figures: ",
        )
    ]
    assert places[0] == 0
    assert places == sorted(places)
    assert "DIFFERS" not in output


def test_csv_holds_every_repetition_of_every_side(finished: tuple[str, Path]) -> None:
    values = pd.read_csv(finished[1] / "round" / "values.csv")
    assert list(values.columns) == ["side", "case", "quantity", "repetition", "value"]
    assert set(values["side"]) == set(SIDES)
    assert len(values) == len(SIDES) * 2 * 2 * 2
    assert not values.duplicated(["side", "case", "quantity", "repetition"]).any()
    assert (values["value"] > 0).all()


def test_csv_holds_the_ratios_and_the_agreement(finished: tuple[str, Path]) -> None:
    ratios = pd.read_csv(finished[1] / "round" / "ratios.csv")
    assert list(ratios.columns) == ["above", "below", "case", "quantity", "median", "low", "high"]
    assert len(ratios) == 5 * 4
    assert ((ratios["low"] <= ratios["median"]) & (ratios["median"] <= ratios["high"])).all()
    agreement = pd.read_csv(finished[1] / "round" / "agreement.csv")
    assert list(agreement.columns) == ["side", "reference", "case", "loss", "score", "model"]
    assert len(agreement) == 5 * 2
    assert (agreement["loss"] < 1e-4).all()


def test_the_machine_and_the_setting_are_kept(finished: tuple[str, Path]) -> None:
    kept = json.loads((finished[1] / "round" / "machine.json").read_text(encoding="utf-8"))
    assert {"cpu", "cores", "cores_usable", "memory_gib", "torch_threads", "versions"} <= set(kept["machine"])
    assert RoundBench.model_validate_json(json.dumps(kept["setting"])).clients == 20


def test_the_figure_is_drawn(finished: tuple[str, Path]) -> None:
    assert (finished[1] / "speed.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert not (finished[1] / "scale.svg").exists()


def _main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of the script in this process."""
    monkeypatch.setattr(sys, "argv", ["fedser", "bench", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(str(ended.value.code))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rond"], "bench: unknown 'rond' (choose from {names}, all)"),
        (["all", "--set", "seed=2"], "--set: give settings to one bench, not to all"),
        (["round", "--set", "ronds=3"], "--set ronds=3: ronds: unknown key, did you mean 'rounds'?"),
        (
            ["round", "--set", "engines=[cohort, flour]", "--set", "rounds=0"],
            "--set engines=[cohort, flour]: engines.1: should be 'cohort', 'inline' or 'flower',"
            ' got "flour"\n'
            "--set rounds=0: rounds: should be greater than or equal to 1, got 0",
        ),
        (
            ["scale", "--set", "registered=[10, 20, 10]"],
            "--set registered=[10, 20, 10]: registered: given more than once: 10",
        ),
    ],
)
def test_a_mistake_ends_with_its_message(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main(monkeypatch, *arguments) == 2
    expected = message.format(names=", ".join(bench.name for bench in BENCHES))
    assert capsys.readouterr().err.strip() == f"fedser: {expected}"


@pytest.mark.parametrize("bench", BENCHES, ids=lambda bench: bench.name)
def test_every_setting_is_listed(
    bench: type[Bench], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main(monkeypatch, bench.name, "--keys") == 0
    shown = capsys.readouterr().out
    assert f"{bench.name}: {(bench.__doc__ or '').splitlines()[0]}"[:60] in shown
    words = {line.split()[0] for line in shown.splitlines() if line.strip()}
    assert set(bench.model_fields) <= words


class Torn(Bench):
    """A bench whose sides do not agree."""

    name: ClassVar[str] = "torn"

    def measure(self, bars: Bars) -> Results:
        """Nothing but a disagreement."""
        return Results(
            name="torn",
            about="nothing",
            setting=self,
            machine=describe(),
            samples=tuple(Sample(side, "fedsgd", "round", 0, 1.0) for side in ("inline", "plain")),
            ratios=(Ratio("plain", "inline", "fedsgd", "round", 1.0, 1.0, 1.0),),
            agreements=(Agreement("plain", "inline", "fedsgd", loss=0.5, score=0.0, model=0.0),),
        )


def test_sides_that_differ_end_with_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("simulations.bench.benches.BENCHES", (Torn,))
    assert _main(monkeypatch, "all", "--out", str(tmp_path)) == 1
    output = capsys.readouterr().out
    assert "fedsgd: plain DIFFERS FROM inline (loss 5e-01, scores 0e+00, model 0e+00)" in output
    assert pd.read_csv(tmp_path / "torn" / "agreement.csv")["loss"].tolist() == [0.5]
