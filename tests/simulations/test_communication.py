"""The bytes that trainings send, by hand, and the table of a run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fedser.algorithms import FedSGD
from fedser.defenses import Clip, FreezeFirst, Noise, PrivateFirst, Prune, Quantise, SecureAggregation, Sign, TopK
from fedser.engine.simulation import Simulation
from fedser.engine.traffic import Traffic, sent, traffic
from fedser.models import MLP
from fedser.tasks import Classification
from simulations.report.seconds import times
from simulations.scoring.communication import communication
from simulations.scoring.seconds import seconds

SHAPES = {"dense1.weight": (4, 5), "dense1.bias": (4,), "dense2.weight": (2, 4), "dense2.bias": (2,)}  # 24 + 10
CLIENTS = [f"c{n}" for n in range(4)]


def simulation(*defenses: Any, rounds: int = 3, fraction: float = 1.0) -> Simulation:
    return Simulation(
        training="t",
        seed=1,
        task=Classification(classes=("a", "b")),
        model=MLP(hidden=(4,), dropout=(0.0,)),
        algorithm=FedSGD(client_fraction=fraction),
        defenses=defenses,
        rounds=rounds,
    )


@pytest.mark.parametrize(
    ("defenses", "expected"),
    [
        ([], 4 * 1000),
        ([Clip(norm=1.0)], 4 * 1000),
        ([Sign()], 250 + 8),  # two bits an entry, two scales
        ([Clip(norm=1.0), Sign()], 250 + 8),
        ([Quantise(bits=4)], 500 + 8),
        ([Sign(), Quantise(bits=4)], 250 + 8),
        ([TopK(share=0.2)], 800 + 125),  # a bitmap of 1000 bits, less than 200 indices of 10
        ([TopK(share=0.01)], 40 + 13),  # ten indices, 100 bits
        ([Prune(share=0.8)], 800 + 125),
        ([Prune(below=0.1)], 4 * 1000),
        ([TopK(share=0.2), Sign()], 25 + 125 + 8),  # a sign of what is sent, whose places are told
        ([Sign(), Noise(sigma=0.1)], 4 * 1000),
        ([SecureAggregation(), Sign()], 4 * 1000),  # the cohort's act is the last one
    ],
    ids=repr,
)
def test_bytes_of_an_update_by_hand(defenses: list[Any], expected: int) -> None:
    assert sent(simulation(*defenses), [900, 100]) == expected


def test_everything_travels_both_ways_without_a_defense() -> None:
    found = traffic(simulation(fraction=0.5), SHAPES, CLIENTS)
    assert found.clients.tolist() == [2, 2, 2] and found.up.tolist() == found.down.tolist() == [2 * 4 * 34] * 3


def test_what_is_not_shared_is_sent_down_once_and_never_up() -> None:
    for defense in (FreezeFirst(), PrivateFirst()):
        found = traffic(simulation(defense), SHAPES, CLIENTS)
        assert found.up.tolist() == [4 * 4 * 10] * 3 and found.down.tolist() == [4 * 4 * n for n in (34, 10, 10)]


def test_a_layer_that_is_frozen_later_is_sent_down_once_more_as_it_then_is() -> None:
    found = traffic(simulation(FreezeFirst(from_round=3), rounds=4), SHAPES, CLIENTS)
    assert found.up.tolist() == [16 * n for n in (34, 34, 10, 10)]
    assert found.down.tolist() == [16 * n for n in (34, 34, 34, 10)]


def test_targets_are_reached_in_the_first_round_that_does() -> None:
    one = Traffic(np.array([2, 2, 2]), np.array([10, 10, 10]), np.array([20, 20, 20]))
    table = communication([one, one], [np.array([0.2, 0.50, 0.44]), np.array([0.3, 0.3, 0.46])]).set_index("target")
    assert table.loc["whole training", ["rounds", "up_client", "down_round", "up", "down"]].tolist() == [
        3,
        5,
        20,
        30,
        60,
    ]
    assert table.loc["UAR 0.45", ["reached", "folds", "rounds", "up"]].tolist() == [2, 2, 2.5, 25]
    never = table.loc["UAR 0.50"]
    assert never["reached"] == 1 and np.isnan(never[["rounds", "up"]].to_numpy(float)).all()
    assert table.loc["90% of the best", "uar"] == pytest.approx(0.9 * 0.48)
    unheld = communication([one], [np.full(3, np.nan)])
    assert unheld["target"].tolist() == ["whole training"]


def test_a_run_counts_its_bytes_and_times_its_defense_once(
    fedser: Callable[..., tuple[int, str, str]], config: Callable[..., Path], tmp_path: Path
) -> None:
    path = config(attacks=[], oracle=None, defenses=[{"name": "sign"}])
    code, _, errors = fedser("run", path, "--out", tmp_path / "run")
    assert code == 0, errors
    whole = pd.read_csv(tmp_path / "run" / "communication.csv").set_index("target").loc["whole training"]
    assert 15 < whole["down"] / whole["up"] <= 16  # two bits for 32
    file = tmp_path / "run" / "seconds.csv"
    took, first = pd.read_csv(file).iloc[0], file.read_bytes()
    assert took["defense"] == "sign" and 0 < took["plain"] < 1 and 0 < took["defended"] < 1
    assert took["ratio_low"] <= took["ratio"] <= took["ratio_high"]
    assert "With sign a client&#39;s update takes" in (tmp_path / "run" / "report.html").read_text()
    assert fedser("run", path, "--out", tmp_path / "run")[0] == 0 and file.read_bytes() == first
    config(attacks=[], oracle=None)
    assert fedser("run", path, "--out", tmp_path / "run", "--continue")[0] == 0 and not file.exists()


def test_seconds_by_hand() -> None:
    row = seconds("clip", "cpu", [3.0, 2.0, 4.0], [1.0, 2.0, 2.0], 10).iloc[0]
    assert [row["defended"], row["plain"]] == [3.0, 2.0]
    assert [row["ratio"], row["ratio_low"], row["ratio_high"]] == [2.0, 1.0, 3.0]
    assert times(row) == "2 times (1 to 3)"
