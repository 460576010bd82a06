"""Cells of Table 4: the 36 of the paper, and one in small through the real stages, with and without the CNN."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from attacks.cnn.attack import Cnn
from fedser.algorithms.fedavg import FedAvg
from fedser.engine.cohort import Cohort
from simulations.bench import table4
from simulations.bench.cell import CellBench
from simulations.bench.cell_data import write_cell
from simulations.bench.cell_experiment import cell_experiment
from simulations.bench.table4 import CELLS, CREMA_D, Cell, Shape
from simulations.experiment import Experiment, Trainings
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.stages.prepared import Prepared

SMALL = tuple(
    Shape(shape.corpus, 5, 5, (30, 30, 30, 30), parts) for shape, parts in zip(table4.CORPORA, (1, 2, 1), strict=True)
)
PRINTED = Path(__file__).resolve().parents[2].parent / "shared" / "paper_tables" / "table4_attack_fusion.csv"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Cell:
    """A cell of little data, the first of the bench's."""
    monkeypatch.setattr(table4, "CORPORA", SMALL)
    monkeypatch.setattr(table4, "FEATURES", {"Emo-Base": 24})
    cell = Cell(SMALL[0], "Emo-Base", FedAvg())
    monkeypatch.setattr("simulations.bench.cell.CELLS", (cell, Cell(SMALL[1], "Emo-Base", FedAvg())))
    return cell


def _experiment(cell: Cell, cnn: Cnn | None = None) -> Experiment:
    engine, trainings = Cohort(workers=1, device="cpu"), Trainings(private=1, shadow=2)
    return cell_experiment(cell, 2, trainings, engine, 1, CellBench().attacks, cnn)


def test_the_cells_are_those_of_the_paper() -> None:
    assert len(CELLS) == len({cell.label for cell in CELLS}) == 36
    assert Counter(cell.dims for cell in CELLS) == {988: 6, 512: 18, 768: 12}
    assert {cell.private.corpus for cell in CELLS} == {"CREMA-D", "IEMOCAP", "MSP-Improv"}
    assert all(cell.private not in cell.shadow and len(cell.shadow) == 2 for cell in CELLS)


def test_the_cells_have_the_names_of_the_printed_table() -> None:
    if not PRINTED.is_file():
        pytest.skip("needs ../shared/paper_tables (the paper's printed tables beside the project)")
    printed = pd.read_csv(PRINTED)
    printed = printed[(printed["version"] == "paper_dec2021") & (printed["table"] == "Table 4")]
    keys = zip(printed["private_corpus"], printed["feature_set"], printed["algorithm"].str.lower(), strict=True)
    assert {(c.private.corpus, c.features, c.algorithm.name) for c in CELLS} == set(keys)


def test_a_fold_of_the_first_cell_has_the_papers_clients(tmp_path: Path) -> None:
    cell = CELLS[0]
    assert cell.private == CREMA_D
    prepared = write_cell(cell, _experiment(cell), RunFolder(tmp_path))
    fold = prepared["private"].data(0).open()
    assert (len(fold.clients), fold.x.shape) == (72, (4798, 988))
    assert 38 < fold.partition.train.sizes.mean() < 46
    shadow = prepared["shadow"].data(0).open()
    assert len(shadow.x) == 2943 + 4580
    assert len(prepared["shadow"].clients) == 10 * (10 + 12)
    assert np.corrcoef(_between_genders(prepared["private"]), _between_genders(prepared["shadow"]))[0, 1] > 0.8


def _between_genders(data: Prepared) -> np.ndarray:
    """The difference of the genders' mean features [dims]."""
    female = data.utterances["speaker"].map(data.speakers.set_index("speaker")["gender"]).to_numpy() == "female"
    x = data.data(0).open().x
    return np.asarray(x[female].mean(axis=0) - x[~female].mean(axis=0))


def test_data_are_divided_by_speaker(small: Cell, tmp_path: Path) -> None:
    prepared = write_cell(small, _experiment(small), RunFolder(tmp_path))
    data, opened = prepared["shadow"], prepared["shadow"].data(0).open()
    speakers = data.utterances["speaker"].to_numpy()
    assert all(len(set(speakers[rows])) == 1 for rows in opened.partition.train)
    assert not set(speakers[opened.partition.train.rows]) & set(speakers[opened.partition.test])
    assert len(data.clients) == 2 * 10 + 10


def test_attacks_that_are_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown cnn, magic \(choose from .*logistic, .*\)"):
        CellBench(attacks=("logistic", "cnn", "magic"))


def test_the_attacks_are_there_and_only_what_they_read_is_captured(small: Cell) -> None:
    without, whole = _experiment(small), _experiment(small, Cnn(device="cpu"))
    assert [attack.name for attack in without.attacks] == ["logistic", "majority", "permuted"]
    assert [attack.name for attack in whole.attacks] == [*(attack.name for attack in without.attacks), "cnn"]
    assert (without.capture.store, whole.capture.store, whole.capture.precision) == ("reductions", "updates", "float16")


def test_cells_run_through_the_stages_and_add_up(small: Cell, silent: Bars, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = CellBench(attacks=("logistic",), cells=2, shadow=2, rounds=20, plain_rounds=1, device="cpu", workers=1)
    results = bench.measure(silent)
    value = {(s.side, s.case): s.value for s in results.samples}
    label = f"{small.label}: "
    stages = ("trainings and capture", "attacks", "scores")
    assert value["ours", f"{label}whole cell"] == pytest.approx(sum(value["ours", label + stage] for stage in stages))
    both = ("CREMA-D", "IEMOCAP")
    trainings = [value["ours", f"{corpus}, Emo-Base, fedavg: trainings and capture"] for corpus in both]
    assert value["ours", "all cells: trainings and capture"] == pytest.approx(sum(trainings))
    ratios = {r.case: r for r in results.ratios}
    assert list(ratios) == [f"{case}: trainings and capture" for case in ("all cells", *_labels(both))]
    first = ratios[f"{label}trainings and capture"]
    assert (first.above, first.below) == ("plain, extrapolated", "ours")
    assert first.median == pytest.approx(value["plain, extrapolated", first.case] / value["ours", first.case])


def _labels(corpora: tuple[str, ...]) -> list[str]:
    return [f"{corpus}, Emo-Base, fedavg" for corpus in corpora]


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
def test_a_cell_with_the_cnn_is_compared_whole(
    device: str, small: Cell, silent: Bars, monkeypatch: pytest.MonkeyPatch
) -> None:
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("needs a GPU (torch finds none)")
    monkeypatch.setattr(table4, "FEATURES", {"Emo-Base": 64})
    monkeypatch.setattr("simulations.bench.cell_run.plain_cnn", lambda *_: 5000.0)
    short = Cnn(device=device, epochs=1, max_updates=40, hidden=(8,))
    monkeypatch.setattr(CellBench, "attacker", lambda self: short)
    results = CellBench(attacks=("logistic",), shadow=2, rounds=20, plain_rounds=1, device=device, workers=1).measure(
        silent
    )
    value = {(s.side, s.case.rpartition(": ")[2]): s.value for s in results.samples}
    theirs = "plain, extrapolated"
    assert value[theirs, "attacks"] == 5000.0
    assert value[theirs, "whole cell"] == 5000.0 + value[theirs, "trainings and capture"]
    assert [r.case.rpartition(": ")[2] for r in results.ratios] == ["trainings and capture", "attacks", "whole cell"]
    assert "logistic, and the CNN in float32" in results.about


def test_the_loop_is_extrapolated_to_all_rounds_of_all_trainings(
    small: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from simulations.bench import cell_plain

    rounds: list[int] = []

    def timed(side: object, job: cell_plain.Job, clock: object) -> float:
        rounds.append(job.simulation.rounds)
        return 10.0 ** len(rounds)

    monkeypatch.setattr(cell_plain, "seconds_per_round", timed)
    experiment = _experiment(small).model_copy(update={"rounds": 200})
    prepared = write_cell(small, experiment, RunFolder(tmp_path))
    assert cell_plain.plain_trainings(experiment, prepared, rounds=3) == 200 * (1 * 10 + 2 * 100)
    assert rounds == [4, 4]


def test_the_cnn_is_extrapolated_to_all_passes_over_all_updates(
    small: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from simulations.bench import cell_plain
    from simulations.bench.cnn_results import CnnSample

    cost = {("plain", "training"): 0.25, ("plain", "validation"): 0.125, ("ours", "training"): 9.0}
    found = [CnnSample(s, layer, unit, 1, c) for (s, unit), c in cost.items() for layer in ("dense1", "dense2")]
    monkeypatch.setattr(cell_plain, "measure_cnn", lambda each, repetitions, progress: found)
    experiment = _experiment(small, Cnn(device="cpu"))
    prepared = write_cell(small, experiment, RunFolder(tmp_path))
    private, shadow = 2 * 1 * 1, 2 * 2 * 2  # rounds, trainings, clients a round
    expected = 40 * shadow * (0.8 * 0.5 + 0.2 * 0.25) + private * 0.25
    assert cell_plain.plain_cnn(experiment, prepared, small.dims) == pytest.approx(expected)
