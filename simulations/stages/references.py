"""The oracle's part of the attack stage: which utterances each private update was computed from, and what they tell."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from attacks.attack import Progress
from attacks.labelled import Rows
from simulations.oracle import Oracle
from simulations.scoring import AttackScores
from simulations.stages.asking import progress_of
from simulations.stages.attacker import attackers_stream
from simulations.stages.cost import Meter
from simulations.stages.prepared import Prepared
from simulations.stages.scene import Scene
from simulations.stages.truth import owners
from simulations.true_inputs import Inputs


def ask_oracle(scene: Scene, oracle: Oracle, place: Path, meter: Meter) -> list[AttackScores]:
    """The scores of each view of the inputs for every captured private update; nothing is kept in ``place``."""
    told = meter.heard(progress_of(scene.bars, oracle.name))
    shadow = scene.prepared["shadow"]
    whose = owners(scene.experiment.attribute.column, shadow, scene.values)
    known = [whose[client] for client in shadow.clients.names]
    rows = Rows(tuple(one.value for one in known), tuple(one.person for one in known), scene.values)
    taught = [_inputs(scene, shadow, shadow.clients.train_rows(client)) for client in shadow.clients.names]
    stream, found = attackers_stream(scene.experiment, oracle.name), []
    for view in oracle.views:
        scores = oracle.scores(view, taught, rows, _behind_updates(scene, view, told), stream, told)
        found.append(scene.scored(oracle.name, view, scores))
    return found


def _behind_updates(scene: Scene, view: str, told: Progress) -> Iterator[Inputs]:
    """The utterances of the batches that each private update was computed from, in the order of the target."""
    trainings = scene.experiment.trainings_of("private")
    data = {name: scene.prepared["private"].data(fold).open() for fold, name in enumerate(trainings)}
    simulations = {name: scene.experiment.simulation(name) for name in trainings}
    for done, row in enumerate(scene.target.rows, 1):
        held = data[row.training].train_rows(row.client)
        batches = simulations[row.training].plan(row.client, row.round, len(held)).batches
        yield _inputs(scene, scene.prepared["private"], held[np.unique(np.concatenate(batches))])
        told(f"{view} of true inputs", done, len(scene.target))


def _inputs(scene: Scene, data: Prepared, rows: np.ndarray) -> Inputs:
    x, y = _features(data)
    return Inputs(x[rows], y[rows], len(scene.experiment.task.classes))


@lru_cache(maxsize=2)
def _features(data: Prepared) -> tuple[np.ndarray, np.ndarray]:
    x, y = (np.load(data.folder / name, mmap_mode="r") for name in ("x.npy", "y.npy"))
    return x, y
