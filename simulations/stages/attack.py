"""The attack stage: every attack learns on shadow stores and scores the private ones."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from attacks import AttackConfig
from attacks.attack import Progress, Scores
from fedser.artifacts.manifest import forget_other, is_complete, key_in, stage, stage_key
from simulations.adversaries import Adversary
from simulations.experiment import Experiment, Role
from simulations.oracle import Oracle, mean_inputs
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.scoring import AttackScores
from simulations.stages.attacker import attackers_stream
from simulations.stages.prepared import Prepared
from simulations.stages.scene import Lesson, Scene
from simulations.stages.scores_file import read_scores, write_scores
from simulations.stages.truth import owners


def attack(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], bars: Bars) -> list[AttackScores]:
    """Run every attack that is not finished, and the oracle; the scores of all."""
    scene = Scene(experiment, folder, prepared, bars)
    found: list[AttackScores] = []
    for label, one in experiment.adversaries().items():
        read = _read_by(one, experiment)
        found += _once(scene, label, one.attack, read, lambda place, n=label, a=one: _run(scene, n, a, place))  # type: ignore[misc]
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
    plain = config.model_dump(mode="json") | experiment.dump("attribute")
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


def _run(scene: Scene, label: str, adversary: Adversary, workdir: Path) -> list[AttackScores]:
    merged: dict[str, Scores] = {}
    for lesson in scene.lessons(adversary.learns_from, adversary.static):
        for layer, scores in _learn(scene, label, adversary.attack, lesson, workdir).items():
            whole = merged.setdefault(layer, np.empty((len(scene.target), scores.shape[1])))
            whole[lesson.rows] = scores
    return [scene.scored(label, layer, scores) for layer, scores in merged.items()]


def _learn(scene: Scene, label: str, config: AttackConfig, lesson: Lesson, workdir: Path) -> dict[str, Scores]:
    """The scores of what one lesson is about, by layer."""
    stream, progress = attackers_stream(scene.experiment, label), _progress(scene.bars, label)
    if lesson.about:
        stream, workdir = stream(lesson.about), workdir / lesson.about
        progress = _progress(scene.bars, f"{label}, {lesson.about}")
    return config.fit(lesson.shadow, stream, workdir, progress).scores(lesson.target, progress)


def _progress(bars: Bars, title: str) -> Progress:
    named: dict[str, Callable[[int, int], None]] = {}

    def progress(what: str, done: int, total: int) -> None:
        if what not in named:
            named[what] = bars.bar(f"{title}: {what}")
        named[what](done, total)

    return progress


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
