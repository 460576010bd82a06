"""The attack stage: every attack learns on the shadow stores and scores the private ones."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from attacks import AttackConfig
from attacks.shadow import Shadow
from attacks.update_set import UpdateSet
from fedser.artifacts.manifest import forget_other, is_complete, key_in, stage, stage_key
from fedser.errors import CaptureError
from fedser.seeds import Stream
from fedser.updates.store import UpdateStore
from simulations.experiment import Experiment, Role
from simulations.oracle import Oracle, mean_inputs
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.scoring import AttackScores
from simulations.stages.prepared import Prepared
from simulations.stages.scores_file import read_scores, write_scores
from simulations.stages.truth import clients_table, owners, values_of


@dataclass(frozen=True)
class Scene:
    """What every attack of one run meets: the captured updates, and for the shadows whose they are."""

    experiment: Experiment
    folder: RunFolder
    prepared: dict[Role, Prepared]
    bars: Bars

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The attribute's values."""
        return values_of(self.experiment.attribute, self.prepared["shadow"])

    @cached_property
    def target(self) -> UpdateSet:
        """Every captured update of the private trainings."""
        return self._updates("private")

    @cached_property
    def shadow(self) -> Shadow:
        """Every captured update of the shadow trainings, with the attribute of its speaker.

        One for all attacks, so that what several of them make of an update is made once.
        """
        updates = self._updates("shadow")
        table = clients_table(self.experiment, "shadow", self.prepared["shadow"], self.values)
        known = table.set_index(["training", "client"]).loc[[(row.training, row.client) for row in updates.rows]]
        return Shadow(updates, tuple(map(int, known["value"])), tuple(known["speaker"]), self.values)

    def scored(self, attack: str, layer: str, scores: np.ndarray) -> AttackScores:
        """An attack's scores of the target's updates, in their order."""
        rows = [(row.training, row.round, row.client) for row in self.target.rows]
        return AttackScores(attack, layer, pd.DataFrame(rows, columns=["training", "round", "client"]), scores)

    def _updates(self, role: Role) -> UpdateSet:
        updates = UpdateSet.of(UpdateStore(self.folder.updates(name)) for name in self.experiment.trainings_of(role))
        if not len(updates):
            raise CaptureError(f"{self.folder.path}: no update of the {role} trainings was captured")
        return updates


def attack(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], bars: Bars) -> list[AttackScores]:
    """Run every attack that is not finished, and the oracle; the scores of all."""
    scene = Scene(experiment, folder, prepared, bars)
    found: list[AttackScores] = []
    for label, config in experiment.attack_labels().items():
        found += _once(scene, label, config, lambda place, n=label, c=config: _run(scene, n, c, place))  # type: ignore[misc]
    oracle = experiment.oracle
    if oracle is not None:
        found += _once(scene, oracle.name, oracle, lambda place: _ask(scene, oracle))
    return found


def _once(
    scene: Scene, label: str, config: AttackConfig | Oracle, score: Callable[[Path], list[AttackScores]]
) -> list[AttackScores]:
    """The scores of one attack, made now or found in its folder."""
    experiment, place = scene.experiment, scene.folder.attack(label)
    plain = config.model_dump(mode="json") | {"attribute": experiment.attribute}
    trainings = [name for role in experiment.roles for name in experiment.trainings_of(role)]
    inputs = {name: key_in(scene.folder.training(name)) for name in trainings}
    key = stage_key(plain, inputs)
    if not is_complete(place, key):
        forget_other(place, key)
        with stage(place, "attack", plain, inputs, experiment.seed):
            write_scores(place, score(place), scene.values)
    return read_scores(place, label, scene.values)


def _run(scene: Scene, label: str, config: AttackConfig, workdir: Path) -> list[AttackScores]:
    named: dict[str, Callable[[int, int], None]] = {}

    def progress(what: str, done: int, total: int) -> None:
        if what not in named:
            named[what] = scene.bars.bar(f"{label}: {what}")
        named[what](done, total)

    fitted = config.fit(scene.shadow, attackers_stream(scene.experiment, label), workdir, progress)
    return [scene.scored(label, layer, scores) for layer, scores in fitted.scores(scene.target, progress).items()]


def attackers_stream(experiment: Experiment, label: str) -> Stream:
    """Randomness of the attack's own: with the experiment's seed it could draw the clients' masks and noise again."""
    return Stream(experiment.stream("attack", label).integer())


def _ask(scene: Scene, oracle: Oracle) -> list[AttackScores]:
    """The oracle gives one answer per private client, which stands for each of the client's updates."""
    means = {role: _true_inputs(scene.experiment, data) for role, data in scene.prepared.items()}
    shadow_owners = owners(scene.experiment.attribute, scene.prepared["shadow"], scene.values)
    labels = [shadow_owners[client].value for client in means["shadow"]]
    shadow, private = (np.stack(list(means[role].values())) for role in ("shadow", "private"))
    answers = dict(zip(means["private"], oracle.scores(shadow, labels, private, len(scene.values)), strict=True))
    return [scene.scored(oracle.name, "inputs", np.stack([answers[row.client] for row in scene.target.rows]))]


def _true_inputs(experiment: Experiment, data: Prepared) -> dict[str, np.ndarray]:
    x, y = (np.load(data.folder / name, mmap_mode="r") for name in ("x.npy", "y.npy"))
    return mean_inputs(x, y, data.clients, len(experiment.task.classes))
