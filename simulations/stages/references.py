"""The oracle's part of the attack stage: which utterances each private update was computed from, and what they tell."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from attacks.attack import Progress
from attacks.labelled import Rows
from fedser.metrics.recall import Ints
from simulations.oracle import Oracle
from simulations.scoring import AttackScores
from simulations.stages.asking import progress_of
from simulations.stages.attacker import attackers_stream
from simulations.stages.behind import inputs_of, rows_behind
from simulations.stages.cost import Meter
from simulations.stages.scene import Scene
from simulations.stages.truth import owners
from simulations.true_inputs import Inputs


def ask_oracle(scene: Scene, oracle: Oracle, place: Path, meter: Meter) -> list[AttackScores]:
    """The scores of each view of the inputs for every captured private update; nothing is kept in ``place``."""
    told = meter.heard(progress_of(scene.bars, oracle.name))
    taught, rows = taught_inputs(scene)
    stream, found = attackers_stream(scene.experiment, oracle.name), []
    behind = list(rows_behind(scene.experiment, scene.prepared["private"], scene.target.rows))
    for view in oracle.views:
        scores = oracle.scores(view, taught, rows, _behind_updates(scene, behind, view, told), stream, told)
        found.append(scene.scored(oracle.name, view, scores))
    return found


def taught_inputs(scene: Scene) -> tuple[list[Inputs], Rows]:
    """What a reference learns from: each shadow client's true inputs, and the value and the person of each."""
    shadow, experiment = scene.prepared["shadow"], scene.experiment
    whose = owners(experiment.attribute.column, shadow, scene.values)
    known = [whose[client] for client in shadow.clients.names]
    rows = Rows(tuple(one.value for one in known), tuple(one.person for one in known), scene.values)
    return [inputs_of(experiment, shadow, shadow.clients.train_rows(client)) for client in shadow.clients.names], rows


def _behind_updates(scene: Scene, behind: Sequence[Ints], view: str, told: Progress) -> Iterator[Inputs]:
    """The utterances of the batches that each private update was computed from, in the order of the target."""
    for done, rows in enumerate(behind, 1):
        yield inputs_of(scene.experiment, scene.prepared["private"], rows)
        told(f"{view} of true inputs", done, len(behind))
