"""Nothing is ever fitted on private truth: what is captured and what attacks say of it does not move with it.

And the tests can tell: an attack that reads the truth off the disk is caught, and so is a capture that smuggles it in.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from attacks import AttackConfig
from attacks.reduced import FittedReduced
from fedser.config import load
from simulations.experiment import Experiment
from simulations.families import members, plugin_name
from simulations.pipeline import run_experiment
from simulations.progress import bars
from simulations.run_folder import RunFolder
from simulations.stages import simulate as simulating
from simulations.stages.attack import attack
from simulations.stages.prepared import Prepared

Write = Callable[..., Path]
QUICK: dict[str, dict[str, Any]] = {
    "cnn": {"epochs": 1, "threads": 1, "convolutions": [{"filters": 2}], "hidden": [4], "max_updates": 20},
    "permuted": {"permutations": 2},
    "forest": {"trees": 5},
    "fusion": {"folds": 2, "attacks": [{"name": "logistic"}, {"name": "bias"}]},
}


def every_attack() -> list[dict[str, Any]]:
    """One of each kind, as small as it goes."""
    names = [plugin_name(kind) for kind in members(AttackConfig)]
    assert set(QUICK) < set(names)
    return [{"name": name} | QUICK.get(name, {}) for name in names]


class Run:
    """A finished run, in whose private speakers' table the attribute can be turned around."""

    def __init__(self, config: Path, folder: Path) -> None:
        self.experiment, self.folder = load(Experiment, config), RunFolder(folder)
        run_experiment(self.experiment, folder)

    def turn(self) -> None:
        """Every private man becomes a woman and the other way round; a client's data stays as it is."""
        place = self.folder.role("private") / "speakers.csv"
        table = pd.read_csv(place, dtype=str)
        table["gender"] = np.where(table["gender"] == "male", "female", "male")
        table.to_csv(place, index=False)

    @property
    def prepared(self) -> dict[Any, Prepared]:
        return {role: Prepared(self.folder.role(role)) for role in self.experiment.roles}

    def attack(self) -> dict[str, str]:
        """The hash of every file of scores, all attacks made anew."""
        for place in self.folder.path.glob("attack/*/manifest.json"):
            place.unlink()
        with bars() as shown:
            attack(self.experiment, self.folder, self.prepared, shown)
        return hashes(self.folder.path, "attack/*/*.csv")

    def capture(self) -> dict[str, str]:
        """The hash of every file that an attacker may read, all trainings made anew."""
        for place in self.folder.path.glob("simulate/*/manifest.json"):
            place.unlink()
        with bars() as shown:
            simulating.simulate(self.experiment, self.folder, self.prepared, shown, 1)
        return hashes(self.folder.path, "simulate/*/updates/*")


def hashes(root: Path, pattern: str) -> dict[str, str]:
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in root.glob(pattern)}


def moved(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The files that are other than they were."""
    assert before.keys() == after.keys() and before
    return {name for name in before if before[name] != after[name]}


def test_no_attack_moves_with_the_private_truth(config: Write, tmp_path: Path) -> None:
    run = Run(config(attacks=[{"name": "majority"}], rounds=3), tmp_path / "run")
    run.experiment = load(Experiment, config(attacks=every_attack(), rounds=3))
    before = run.attack()
    run.turn()
    assert not moved(before, run.attack())
    names = {plugin_name(kind) for kind in members(AttackConfig)}
    assert names | {"oracle"} == {Path(name).parts[1] for name in before}


def test_an_attack_that_reads_the_truth_off_the_disk_is_caught(
    config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No import betrays it: it follows the path of the store to the private speakers' table."""

    def cheat(self: FittedReduced, target: Any, progress: Any) -> dict[str, np.ndarray]:
        features = next(iter(target.stores.values())).folder.parents[2] / "features" / "private"
        sex = pd.read_csv(features / "speakers.csv")["gender"].iloc[0]
        answer = [0.9, 0.1] if sex == "female" else [0.1, 0.9]
        return {self.place: np.tile(answer, (len(target), 1))}

    monkeypatch.setattr(FittedReduced, "_scores", cheat)
    attacks = [{"name": "logistic"}, {"name": "majority"}]
    run = Run(config(attacks=attacks, rounds=2, oracle=None), tmp_path / "run")
    before = hashes(run.folder.path, "attack/*/*.csv")
    run.turn()
    assert {Path(name).parts[1] for name in moved(before, run.attack())} == {"logistic"}


@pytest.mark.parametrize("smuggled", [False, True])
def test_no_capture_moves_with_the_private_truth_and_a_smuggler_is_caught(
    smuggled: bool, config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(config(attacks=[{"name": "logistic"}], rounds=2, oracle=None), tmp_path / "run")
    honest = simulating.public_parameters

    def smuggle(simulation: Any, features: int) -> Any:
        """Labels among the hyper-parameters, where attackers may look."""
        table = pd.read_csv(run.folder.role("private") / "speakers.csv")
        public = honest(simulation, features)
        return public.model_copy(update={"algorithm": dict(public.algorithm) | {"truth": list(table["gender"])}})

    if smuggled:
        monkeypatch.setattr(simulating, "public_parameters", smuggle)
    before = run.capture()
    run.turn()
    found = moved(before, run.capture())
    if smuggled:
        assert {Path(name).name for name in found} == {"public.json"}
        place = run.folder.updates("private-0") / "public.json"
        assert "female" in json.dumps(json.loads(place.read_text(encoding="utf-8")))
    else:
        assert not found
