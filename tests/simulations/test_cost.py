"""What an attack took: reductions are charged to all who read them, and sittings add up."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from fedser.updates.ledger import Ledger, Seconds
from simulations.stages.cost import Cost, Meter, read_cost

Cli = Callable[..., tuple[int, str, str]]


def _burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def _made(ledger: Ledger, seconds: float) -> None:
    ledger.asked.add((1, "r"))  # type: ignore[arg-type]
    if (1, "r") not in ledger.made:
        with ledger.making((1, "r")):  # type: ignore[arg-type]
            _burn(seconds)


def _metered(folder: Path, ledger: Ledger, own: float, reducing: float) -> Cost:
    meter = Meter(folder, [ledger], 10, 20)
    _made(ledger, reducing)
    _burn(own)
    meter.note()
    cost = read_cost(folder)
    assert cost is not None
    return cost


def test_who_makes_a_reduction_and_who_finds_it_made_are_charged_alike(tmp_path: Path) -> None:
    ledger = Ledger()
    first, second = (_metered(tmp_path / name, ledger, 0.1, 0.3) for name in ("first", "second"))
    for cost in (first, second):
        assert cost.cpu_seconds == pytest.approx(0.4, abs=0.08)
        assert cost.reductions_cpu_seconds == pytest.approx(0.3, abs=0.05)
        assert (cost.shadow_updates, cost.target_updates, cost.sittings) == (10, 20, 1)
    third = Meter(tmp_path / "third", [ledger], 10, 20)
    third.note()  # it asks for nothing
    cost = read_cost(tmp_path / "third")
    assert cost is not None and cost.reductions_cpu_seconds == 0 and cost.cpu_seconds < 0.1


def test_a_second_sitting_adds_up(tmp_path: Path) -> None:
    _metered(tmp_path, Ledger(), 0.1, 0.0)
    cost = _metered(tmp_path, Ledger(), 0.1, 0.0)
    assert cost.sittings == 2
    assert cost.cpu_seconds == pytest.approx(0.2, abs=0.06)


def test_seconds_of_children_count() -> None:
    assert Seconds(3.0, 4.0) - Seconds(1.0, 1.0) + Seconds(0.5, 0.5) == Seconds(2.5, 3.5)
    start = Seconds.now()
    _burn(0.1)
    assert 0.05 < (Seconds.now() - start).cpu < 1.0


def test_a_run_tells_what_each_attack_took(fedser: Cli, config: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "run"
    path = config(attacks=[{"name": "logistic"}, {"name": "logistic", "folds": 3}, {"name": "majority"}])
    assert fedser("run", path, "--out", out)[0] == 0
    table = pd.read_csv(out / "attacks.csv").set_index("attack")
    assert list(table.index) == ["logistic", "logistic-2", "majority", "oracle"]
    assert table["layers"].to_dict() == {"logistic": 1, "logistic-2": 1, "majority": 1, "oracle": 4}
    assert table.loc["logistic", "shadow_updates"] == 2 * 6 * 4  # trainings, rounds, and half of 8 clients a round
    assert table.loc["logistic", "target_updates"] == 2 * 6 * 2
    both = table.loc[["logistic", "logistic-2"], "reductions_cpu_seconds"]
    assert both.iloc[0] == both.iloc[1] > 0
    assert (table["cpu_seconds"] >= table["reductions_cpu_seconds"]).all()
    assert json.loads((out / "attack" / "majority" / "cost.json").read_text())["sittings"] == 1
    assert "CPU s" in (out / "report.html").read_text(encoding="utf-8")
