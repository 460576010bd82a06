"""The membership stage: every membership attack rehearses on shadow trainings, and is asked about the private ones.

The candidates are all private utterances, in the order of the feature matrix, in every training alike: what each client
trained on, what it kept for validation, and the held-out speakers.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from attacks.attack import Progress
from attacks.membership import MembershipConfig
from attacks.membership.candidates import Candidates
from attacks.membership.seen import Mask, Seen, Shadows
from fedser.artifacts.files import write_text
from fedser.artifacts.manifest import key_in, once
from fedser.updates.public import PublicParameters
from simulations.experiment import Experiment, Role
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.scoring.membership import MembershipScores
from simulations.stages.asking import progress_of
from simulations.stages.attacker import attackers_stream
from simulations.stages.finished import finished_state
from simulations.stages.prepared import Prepared

_FILE = "scores.csv"


@dataclass(frozen=True)
class _Scene:
    """The candidates and trainings, read once for all attacks."""

    experiment: Experiment
    folder: RunFolder
    prepared: dict[Role, Prepared]

    def seen(self, training: str) -> Seen:
        """A training as the adversary sees it; what is published is the model of the selected round."""
        state, captured = finished_state(self.folder, training), self.folder.updates(training)
        return Seen(PublicParameters.load(captured), state.best, captured)

    @cached_property
    def private(self) -> Candidates:
        """All private utterances."""
        return candidates(self.prepared["private"])

    @cached_property
    def shadows(self) -> Shadows:
        """The shadow trainings, with what the adversary knows of them."""
        data, names = self.prepared["shadow"], rehearsed_on(self.experiment)
        trained = [_trained(data, number % len(data.folds)) for number, _ in enumerate(names)]
        return Shadows(candidates(data), tuple(map(self.seen, names)), np.array(trained))


def infer_membership(
    experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], bars: Bars
) -> list[MembershipScores]:
    """Run every membership attack that is not finished; the scores of all."""
    scene = _Scene(experiment, folder, prepared)
    return [
        one
        for label, config in experiment.membership_labels().items()
        for one in _once(scene, label, config, progress_of(bars, label))
    ]


def rehearsed_on(experiment: Experiment) -> list[str]:
    """The shadow trainings: those with the defenses, where the adversary has any such."""
    return experiment.trainings_of("shadow", experiment.statics[0])


def candidates(data: Prepared) -> Candidates:
    """All of a role's utterances, with the place of each speaker among the sorted speakers."""
    x, y = (np.load(data.folder / name, mmap_mode="r") for name in ("x.npy", "y.npy"))
    return Candidates(x, np.asarray(y), np.unique(data.utterances["speaker"].to_numpy(str), return_inverse=True)[1])


def _trained(data: Prepared, fold: int) -> Mask:
    """Which utterances were learned from, where that fold was held out."""
    trained = np.zeros(len(data.utterances), dtype=np.bool_)
    trained[data.data(fold).open().partition.train.rows] = True
    return trained


def _once(scene: _Scene, label: str, config: MembershipConfig, progress: Progress) -> list[MembershipScores]:
    """The scores of one attack, made now or found in its folder."""
    experiment, place = scene.experiment, scene.folder.membership(label)
    plain = config.model_dump(mode="json")
    trainings = [*experiment.trainings_of("private"), *rehearsed_on(experiment)]
    inputs = {name: key_in(scene.folder.training(name)) for name in trainings}

    def infer() -> None:
        write_text(place / _FILE, _scores(scene, label, config, progress).to_csv(index=False))

    once(place, "membership", plain, inputs, experiment.seed, infer)
    return _read(place / _FILE, label)


def _scores(scene: _Scene, label: str, config: MembershipConfig, progress: Progress) -> pd.DataFrame:
    stream = attackers_stream(scene.experiment, f"membership {label}")
    fitted = config.fit(scene.shadows, stream("fit"), progress)
    tables = []
    for name in scene.experiment.trainings_of("private"):
        for one in fitted.scores(scene.private, scene.seen(name), stream(name), progress):
            table = {"training": name, "unit": one.unit, "pooling": one.pooling, "threshold": one.threshold}
            tables.append(pd.DataFrame(table | {"candidate": np.arange(len(one.scores)), "score": one.scores}))
    return pd.concat(tables)


def _read(path: Path, label: str) -> list[MembershipScores]:
    table = pd.read_csv(path, dtype={"training": str})
    return [
        MembershipScores(label, unit, pooling, part["threshold"].iloc[0], part[["training", "candidate", "score"]])
        for (unit, pooling), part in table.groupby(["unit", "pooling"], sort=False)
    ]
