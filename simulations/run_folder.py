"""The folder of one run: who owns it, and where everything in it lies."""

import json
from pathlib import Path

from fedser.artifacts.files import write_json
from fedser.errors import ConfigError, InputError
from simulations.experiment import Experiment, Role

EXPERIMENT = "experiment.json"


class RunFolder:
    """Paths below one run's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def features(self) -> Path:
        """The features stage."""
        return self.path / "features"

    def role(self, role: Role) -> Path:
        """One role's prepared data."""
        return self.features / role

    def training(self, name: str) -> Path:
        """One training."""
        return self.path / "simulate" / name

    def updates(self, name: str) -> Path:
        """One training's captured updates."""
        return self.training(name) / "updates"

    def attack(self, label: str) -> Path:
        """One attack's scores and working files."""
        return self.path / "attack" / label

    def claim(self, experiment: Experiment, go_on: bool) -> None:
        """Make the folder this experiment's; another experiment's is refused unless told to go on."""
        file, config = self.path / EXPERIMENT, experiment.dump()
        if self.path.is_dir() and any(self.path.iterdir()) and not file.is_file():
            raise ConfigError(f"{self.path}: not empty and not a run's folder; choose another with --out")
        if file.is_file() and not go_on:
            changed = _changed(json.loads(file.read_text(encoding="utf-8")), config)
            if changed:
                raise ConfigError(
                    f"{self.path}: holds a run of another config (it differs in {', '.join(changed)});"
                    " choose another folder with --out, or go on in it with --continue"
                )
        write_json(file, config)

    def experiment(self) -> Experiment:
        """The experiment that this folder holds; raises InputError where there is none."""
        file = self.path / EXPERIMENT
        if not file.is_file():
            raise InputError(f"{self.path}: not a run's folder ({EXPERIMENT} is missing); make one with `fedser run`")
        return Experiment.model_validate_json(file.read_text(encoding="utf-8"))


def _changed(old: dict[str, object], new: dict[str, object]) -> list[str]:
    # The engine and the place of the corpora do not change a result.
    keys = sorted((old.keys() | new.keys()) - {"engine", "data_root"})
    return [key for key in keys if old.get(key) != new.get(key)]
