"""What is drawn of the files that benches leave, and that values come back from them as they were."""

from pathlib import Path

import pytest

from simulations.bench.cnn_bench import CnnBench
from simulations.bench.figure import draw, scale, speed
from simulations.bench.hardware import describe
from simulations.bench.ratios import Ratio
from simulations.bench.results import Results, read_ratios, read_values
from simulations.bench.rounds import RoundBench
from simulations.bench.sample import Sample
from simulations.bench.scale import ScaleBench
from simulations.progress import Bars

RATIOS = (
    Ratio("plain", "cohort", "fedavg", "round", 15.0, 14.0, 16.5),
    Ratio("plain", "cohort", "fedavg", "client update", 3.0, 3.0, 3.0),
    Ratio("inline", "cohort", "fedavg", "round", 1.5, 1.5, 1.5),
)
CELLS = tuple(
    Ratio("plain, extrapolated", "ours", f"{case}: trainings and capture", "stage", 9.0, 9.0, 9.0)
    for case in ("all cells", "CREMA-D, APC, fedavg", "IEMOCAP, APC, fedavg")
)
POINTS = tuple(
    Sample("cohort", f"{number:,} clients, 1 a round", quantity, 0, value)
    for number in (10, 1000)
    for quantity, value in (("client update", 1e-3), ("own memory", 2.0**27))
)


def _written(folder: Path, name: str, samples: tuple[Sample, ...], ratios: tuple[Ratio, ...]) -> None:
    setting = ScaleBench() if name == "scale" else RoundBench()
    Results(name, "", setting, describe(), samples, ratios).write(folder / name)


def test_files_say_what_was_found(tmp_path: Path) -> None:
    _written(tmp_path, "round", POINTS, RATIOS)
    assert read_values(tmp_path / "round") == list(POINTS)
    assert read_ratios(tmp_path / "round") == list(RATIOS)
    _written(tmp_path, "empty", (), ())
    assert read_ratios(tmp_path / "empty") == []


def test_others_beside_ours_are_drawn_of_all_benches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Ratio] = []

    def noted(ratios: list[Ratio]) -> object:
        drawn.extend(ratios)
        return speed(ratios)

    monkeypatch.setattr("simulations.bench.figure.speed", noted)
    _written(tmp_path, "cell", (), CELLS)
    _written(tmp_path, "round", (), RATIOS)
    _written(tmp_path, "scale", POINTS, ())
    draw(tmp_path)
    assert drawn == [RATIOS[0], CELLS[0]]
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {
        f"{name}.{kind}" for name in ("speed", "scale") for kind in ("svg", "png")
    }


def test_nothing_is_drawn_of_nothing(tmp_path: Path) -> None:
    _written(tmp_path, "round", (), RATIOS[2:])
    draw(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["round"]


def test_points_stand_at_their_clients() -> None:
    upper, lower = scale(POINTS).axes
    assert upper.lines[0].get_xydata().tolist() == [[10, 1.0], [1000, 1.0]]
    assert lower.lines[0].get_xydata().tolist() == [[10, 128.0], [1000, 128.0]]


def test_the_cnn_bench_says_what_it_compares(silent: Bars) -> None:
    results = CnnBench(features=40, batches=1, repetitions=1).measure(silent)
    assert {(s.side, s.case) for s in results.samples} == {
        (side, layer) for side in ("ours", "plain") for layer in ("dense1", "dense2", "dense3")
    }
    assert [(r.above, r.below, r.quantity) for r in results.ratios[:2]] == [
        ("plain", "ours", "training pass"),
        ("plain", "ours", "validation pass"),
    ]
    assert results.agree and len(results.agreements) == 3
    assert results.checked.startswith("one pass from the same weights")
