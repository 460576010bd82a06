"""The attack stage: every attack learns on shadow stores and scores the private ones."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from attacks import AttackConfig
from fedser.artifacts.manifest import forget_other, is_complete, key_in, stage, stage_key
from simulations.adversaries import Adversary
from simulations.experiment import Experiment, Role
from simulations.oracle import Oracle, mean_inputs
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.scoring import AttackScores
from simulations.stages.asking import ask
from simulations.stages.prepared import Prepared
from simulations.stages.scene import Scene
from simulations.stages.scores_file import read_scores, write_scores
from simulations.stages.truth import owners


def attack(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], bars: Bars) -> list[AttackScores]:
    """Run every attack that is not finished, and the oracle; the scores of all."""
    scene = Scene(experiment, folder, prepared, bars)
    found: list[AttackScores] = []
    for label, one in experiment.adversaries().items():
        read = _read_by(one, experiment)
        found += _once(scene, label, one.attack, read, lambda place, n=label, a=one: ask(scene, n, a, place))  # type: ignore[misc]
    oracle = experiment.oracle
    if oracle is not None:
        read = [*experiment.trainings_of("private"), *experiment.trainings_of("shadow", experiment.statics[0])]
        found += _once(scene, oracle.name, oracle, read, lambda place: _ask(scene, oracle))
    return found


def _once(
    scene: Scene,
    label: str,
    config: AttackConfig | Oracle,
    read: Sequence[str],
    score: Callable[[Path], list[AttackScores]],
) -> list[AttackScores]:
    """The scores of one attack on what these trainings captured, made now or found in its folder."""
    experiment, place = scene.experiment, scene.folder.attack(label)
    groups = experiment.scores.model_dump(mode="json", include={"observed", "averaged_draws"})
    plain = config.model_dump(mode="json") | experiment.dump("attribute") | {"groups": groups}
    inputs = {name: key_in(scene.folder.training(name)) for name in read}
    key = stage_key(plain, inputs)
    if not is_complete(place, key):
        forget_other(place, key)
        with stage(place, "attack", plain, inputs, experiment.seed):
            write_scores(place, score(place), scene.values)
    return read_scores(place, label, scene.values)


def _read_by(adversary: Adversary, experiment: Experiment) -> list[str]:
    """The trainings that an attack is asked about, and those that it learns from."""
    names = experiment.trainings_of("private")
    if "trained" in adversary.learns_from and "shadow" in experiment.roles:
        names += experiment.trainings_of("shadow", adversary.static)
    if "aligned" in adversary.learns_from:
        names += experiment.aligned_trainings(adversary.static).values()
    return names


def _ask(scene: Scene, oracle: Oracle) -> list[AttackScores]:
    """The oracle gives one answer per private client, which stands for each of the client's updates."""
    means = {role: _true_inputs(scene.experiment, data) for role, data in scene.prepared.items()}
    shadow_owners = owners(scene.experiment.attribute.column, scene.prepared["shadow"], scene.values)
    labels = [shadow_owners[client].value for client in means["shadow"]]
    shadow, private = (np.stack(list(means[role].values())) for role in ("shadow", "private"))
    answers = dict(zip(means["private"], oracle.scores(shadow, labels, private, len(scene.values)), strict=True))
    return [scene.scored(oracle.name, "inputs", np.stack([answers[row.client] for row in scene.target.rows]))]


def _true_inputs(experiment: Experiment, data: Prepared) -> dict[str, np.ndarray]:
    x, y = (np.load(data.folder / name, mmap_mode="r") for name in ("x.npy", "y.npy"))
    return mean_inputs(x, y, data.clients, len(experiment.task.classes))
