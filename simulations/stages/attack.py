"""The attack stage: every attack learns on shadow stores and scores the private ones."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from attacks import AttackConfig
from attacks.update_set import UpdateSet
from fedser.artifacts.manifest import key_in, once
from simulations.adversaries import Adversary
from simulations.experiment import Experiment, Role
from simulations.oracle import Oracle
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.scoring import AttackScores
from simulations.stages.asking import ask
from simulations.stages.cost import Meter
from simulations.stages.inputs import tells_inputs
from simulations.stages.prepared import Prepared
from simulations.stages.references import ask_oracle
from simulations.stages.scene import Scene
from simulations.stages.scores_file import read_scores, write_scores


def attack(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], bars: Bars) -> list[AttackScores]:
    """Run every attack that is not finished, and the oracle; the scores of all."""
    scene = Scene(experiment, folder, prepared, bars)
    found: list[AttackScores] = []
    for label, one in experiment.adversaries().items():
        taught = partial(_taught, scene, one)
        found += _once(scene, label, one.attack, _read_by(one, experiment), taught, partial(ask, scene, label, one))
    oracle = experiment.oracle
    if oracle is not None:
        read = [*experiment.trainings_of("private"), *experiment.trainings_of("shadow", experiment.statics[0])]
        found += _once(scene, oracle.name, oracle, read, list, partial(ask_oracle, scene, oracle))
    return found


def _once(
    scene: Scene,
    label: str,
    config: AttackConfig | Oracle,
    read: Sequence[str],
    taught: Callable[[], Sequence[UpdateSet]],
    score: Callable[[Path, Meter], list[AttackScores]],
) -> list[AttackScores]:
    """The scores of one attack on what the trainings ``read`` captured, made now or found in its folder."""
    experiment, place = scene.experiment, scene.folder.attack(label)
    groups = experiment.scores.model_dump(mode="json", include={"observed", "averaged_draws"})
    plain = config.model_dump(mode="json") | experiment.dump("attribute") | {"groups": groups}
    if tells_inputs(config, experiment):  # where it is not asked, the attack is what it was before there was such a key
        plain |= {"inputs": True}
    inputs = {name: key_in(scene.folder.training(name)) for name in read}

    def attempt() -> None:
        meter = Meter.of(place, taught(), scene.target)
        write_scores(place, score(place, meter), scene.values)
        meter.note()

    once(place, "attack", plain, inputs, experiment.seed, attempt)
    return read_scores(place, label, scene.values)


def _taught(scene: Scene, adversary: Adversary) -> list[UpdateSet]:
    """What an adversary learns from; the listings, which all attacks share, are read before its time is taken."""
    return [lesson.shadow.updates for lesson in scene.lessons(adversary.learns_from, adversary.static)]


def _read_by(adversary: Adversary, experiment: Experiment) -> list[str]:
    """The trainings that an attack is asked about, and those that it learns from."""
    names = experiment.trainings_of("private")
    if "trained" in adversary.learns_from and "shadow" in experiment.roles:
        names += experiment.trainings_of("shadow", adversary.static)
    if "aligned" in adversary.learns_from:
        names += experiment.aligned_trainings(adversary.static).values()
    return names
