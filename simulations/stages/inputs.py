"""Which inputs a linear attack reads: asked while it is there, and kept in its folder beside its scores.

``inputs.csv`` has one row per layer, lesson (``about``) and input, ``inputs_alone.csv`` one row per layer, family of
descriptors and private update: its scores by the attack that learned from the numbers of that family alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeGuard

import numpy as np
import pandas as pd

from attacks.attack import Attack, FittedAttack, Progress
from attacks.inputs import InputWeights, inputs_of, scores_alone
from attacks.linear import LinearAttack
from attacks.reduced import FittedReduced
from fedser.artifacts.files import write_text
from fedser.metrics.recall import Floats, Ints
from fedser.seeds import Stream
from simulations.descriptors import by_family, names_of
from simulations.experiment import Experiment
from simulations.oracle import Oracle
from simulations.scoring import AttackScores
from simulations.scoring.inputs import ReadInputs
from simulations.stages.scene import Lesson, Scene
from simulations.stages.scores_file import named, read_table, score_columns

_WEIGHTS, _ALONE = "inputs.csv", "inputs_alone.csv"


def tells_inputs(attack: Attack | Oracle, experiment: Experiment) -> TypeGuard[LinearAttack]:
    """Whether an attack's weights are told, by the names of the inputs."""
    if not experiment.scores.inputs or not names_of(experiment.features) or experiment.model.framed:
        return False
    return isinstance(attack, LinearAttack) and attack.weighs_inputs


class ToldInputs:
    """What one adversary says, lesson by lesson."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._families: Mapping[str, Ints] = by_family(names_of(scene.experiment.features))
        self._weights: list[pd.DataFrame] = []
        self._alone: dict[tuple[str, str], Floats] = {}

    def ask(
        self, attack: LinearAttack, fitted: FittedAttack, lesson: Lesson, stream: Stream, progress: Progress
    ) -> None:
        """Ask about the updates of one lesson."""
        assert isinstance(fitted, FittedReduced)
        found = InputWeights.of(fitted, lesson.target, progress)
        labels = {"layer": fitted.place, "about": lesson.about, "input": np.arange(inputs_of(fitted))}
        self._weights.append(pd.DataFrame(labels | {name: getattr(found, name) for name in InputWeights.COLUMNS}))
        alone = scores_alone(attack, fitted, lesson.shadow, lesson.target, self._families, stream, progress)
        for family, scores in alone.items():
            empty = np.empty((len(self._scene.target), scores.shape[1]))
            self._alone.setdefault((fitted.place, family), empty)[lesson.rows] = scores

    def write(self, folder: Path) -> None:
        """Write what was told; where nothing was, what may lie there from before is removed."""
        scores = [(layer, family, self._scene.scored("", family, one)) for (layer, family), one in self._alone.items()]
        rows = [
            one.updates.assign(layer=layer, family=family, **named(one.scores, self._scene.values))
            for layer, family, one in scores
        ]
        for name, tables in ((_WEIGHTS, self._weights), (_ALONE, rows)):
            if tables:
                write_text(folder / name, pd.concat(tables).to_csv(index=False))
            else:
                (folder / name).unlink(missing_ok=True)


def read_inputs(folder: Path, attack: str, values: Sequence[str]) -> Iterator[ReadInputs]:
    """What an attack's folder holds of inputs, layer by layer; weights are the means over the lessons."""
    if not (folder / _WEIGHTS).is_file():
        return
    weights, alone = read_table(folder / _WEIGHTS), read_table(folder / _ALONE)
    for layer, mine in weights.groupby("layer", sort=False):
        means = mine.groupby("input")[[*InputWeights.COLUMNS]].mean()
        families = alone[alone["layer"] == layer].groupby("family", sort=False)
        scores = {str(family): _scores(attack, str(family), part, values) for family, part in families}
        yield ReadInputs(attack, str(layer), means, scores)


def _scores(attack: str, family: str, part: pd.DataFrame, values: Sequence[str]) -> AttackScores:
    updates = part[["training", "round", "client"]].reset_index(drop=True)
    return AttackScores(attack, family, updates, part[score_columns(values)].to_numpy("float64"))
