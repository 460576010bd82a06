"""The folder of one run: who owns it, and where everything in it lies."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fedser.artifacts.files import write_json
from fedser.artifacts.manifest import read_manifest
from fedser.config import validate
from fedser.config.document import Document
from fedser.errors import ConfigError, InputError
from simulations.experiment import Experiment, Role
from simulations.representations import INPUTS

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

    def state(self, name: str) -> Path:
        """One training's final state, or that from which it goes on."""
        return self.training(name) / "state.safetensors"

    def updates(self, name: str) -> Path:
        """One training's captured updates."""
        return self.training(name) / "updates"

    def attack(self, label: str) -> Path:
        """One attack's scores and working files."""
        return self.path / "attack" / label

    def membership(self, label: str) -> Path:
        """One membership attack's scores."""
        return self.path / "membership" / label

    def linker(self, label: str) -> Path:
        """One linker's embedding of the private updates."""
        return self.path / "identity" / label

    def inversion(self, label: str) -> Path:
        """What one inverter rebuilt from private updates."""
        return self.path / "inversion" / label

    def representations(self, name: str) -> Path:
        """What is read off one training's embeddings, or off the inputs."""
        return self.path / "representations" / name

    @property
    def seconds(self) -> Path:
        """Where the measuring of what defenses cost in time is noted."""
        return self.path / "seconds"

    @property
    def canaries(self) -> Path:
        """The training that canaries take part in."""
        return self.path / "canaries"

    def refuse_other(self, experiment: Experiment, go_on: bool) -> None:
        """Raise ConfigError where the folder holds something else; another experiment's results only unless ``go_on``.

        A folder in which not even the features are finished holds no result, and may be taken over.
        """
        if self.path.exists() and not self.path.is_dir():
            raise ConfigError(f"{self.path}: not a folder; choose another with --out")
        file = self.path / EXPERIMENT
        if not file.is_file():
            if self.path.is_dir() and any(not entry.name.endswith(".part") for entry in self.path.iterdir()):
                raise ConfigError(f"{self.path}: not empty and not a run's folder; choose another with --out")
            return
        manifest = read_manifest(self.features)
        changed = _changed(_completed(self._stored()), experiment.dump())
        if changed and not go_on and manifest is not None and manifest["end"] is not None:
            raise ConfigError(
                f"{self.path}: holds a run of another config (it differs in {', '.join(changed)});"
                " choose another folder with --out, or go on in it with --continue"
            )

    def claim(self, experiment: Experiment) -> None:
        """Make the folder this experiment's, and remove what an experiment before it has left beside it."""
        keep = {*experiment.trainings_of("private")} | experiment.shadow_names()
        keep |= {*experiment.adversaries(), *([experiment.oracle.name] if experiment.oracle else [])}
        places = [*self.path.glob("simulate/*"), *self.path.glob("attack/*")]
        left = [place for place in places if place.name not in keep]
        left += [place for place in self.path.glob("membership/*") if place.name not in experiment.membership_labels()]
        linkers = {linker.label for linker in experiment.linkers}
        left += [place for place in self.path.glob("identity/*") if place.name not in linkers]
        left += [place for place in self.path.glob("inversion/*") if place.name not in experiment.inversion_labels()]
        read = {INPUTS, *experiment.trainings_of("private")} if experiment.representations else set()
        left += [place for place in self.path.glob("representations/*") if place.name not in read]
        left += [self.canaries] if experiment.canaries is None and self.canaries.is_dir() else []
        for place in left:
            shutil.rmtree(place)
        write_json(self.path / EXPERIMENT, experiment.dump())

    def _stored(self) -> dict[str, object]:
        file = self.path / EXPERIMENT
        try:
            return dict(json.loads(file.read_text(encoding="utf-8")))
        except ValueError as error:
            raise InputError(f"{file}: not readable ({error}); delete it, or choose another folder") from error

    def experiment(self) -> Experiment:
        """The experiment that this folder holds; raises InputError where there is none."""
        file = self.path / EXPERIMENT
        if not file.is_file():
            raise InputError(f"{self.path}: not a run's folder ({EXPERIMENT} is missing); make one with `fedser run`")
        return validate(Experiment, Document(self._stored(), {(): str(file)}))


def _completed(stored: dict[str, object]) -> dict[str, object]:
    """A stored experiment with the defaults of what has become a key since; as it is, where it is none any more."""
    try:
        return Experiment.model_validate_json(json.dumps(stored)).dump()
    except ValidationError:
        return stored


def _changed(old: dict[str, object], new: dict[str, object]) -> list[str]:
    # The place of the corpora does not change a result, nor the engine, but for its precision.
    keys = sorted((old.keys() | new.keys()) - {"engine", "data_root"})
    changed = [key for key in keys if old.get(key) != new.get(key)]
    return [*changed, "engine.precision"] if _precision(old) != _precision(new) else changed


def _precision(experiment: Mapping[str, Any]) -> str:
    return str(experiment.get("engine", {}).get("precision", "float32"))
