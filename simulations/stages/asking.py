"""One adversary at work: it learns from its lessons and tells what it thinks of every private update.

It is also asked about groups of a client's updates: as many as an observer may have seen, drawn among all of the
client's, the same groups for every attack. How it puts a group together is its own affair (see FittedAttack.pooling).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from attacks.attack import FittedAttack, Progress
from fedser.metrics.recall import Floats, Ints
from simulations.adversaries import Adversary
from simulations.progress import Bars
from simulations.scoring import AttackScores, Pooled
from simulations.stages.attacker import attackers_stream
from simulations.stages.cost import Meter
from simulations.stages.inputs import ToldInputs, tells_inputs
from simulations.stages.observed import Observed, observed_groups
from simulations.stages.scene import Lesson, Scene


@dataclass
class _Told:
    """By layer, what was told of each update and of each group; ``pooling`` says how groups are put together.

    ``inputs`` is what was told of them.
    """

    inputs: ToldInputs
    scores: dict[str, Floats] = field(default_factory=dict)
    weights: dict[str, Floats] = field(default_factory=dict)
    groups: dict[str, Floats] = field(default_factory=dict)
    pooling: str = ""


def ask(scene: Scene, label: str, adversary: Adversary, workdir: Path, meter: Meter) -> list[AttackScores]:
    """What the attack of that label says, layer by layer."""
    groups, told = _groups(scene), _Told(ToldInputs(scene))
    for lesson in scene.lessons(adversary.learns_from, adversary.static):
        _attend(scene, label, adversary, lesson, workdir, meter, groups, told)
    told.inputs.write(workdir)
    table = pd.DataFrame([group.columns for group in groups], columns=Pooled.COLUMNS)
    return [
        scene.scored(
            label,
            layer,
            scores,
            told.weights.get(layer),
            Pooled(told.pooling, table, told.groups[layer]) if layer in told.groups else None,
        )
        for layer, scores in told.scores.items()
    ]


def _groups(scene: Scene) -> list[Observed]:
    scores = scene.experiment.scores
    if not scores.averaged_draws:
        return []
    stream = attackers_stream(scene.experiment, "observed")
    return observed_groups(scene.target.rows, scores.observed, scores.averaged_draws, stream)


def _attend(
    scene: Scene,
    label: str,
    adversary: Adversary,
    lesson: Lesson,
    workdir: Path,
    meter: Meter,
    groups: list[Observed],
    told: _Told,
) -> None:
    """Learn from one lesson, and add to ``told`` what is said of the updates and groups that it is about."""
    stream, title = attackers_stream(scene.experiment, label), label
    if lesson.about:
        stream, workdir, title = stream(lesson.about), workdir / lesson.about, f"{label}, {lesson.about}"
    progress = meter.heard(progress_of(scene.bars, title))
    fitted = adversary.attack.fit(lesson.shadow, stream, workdir, progress)
    total = len(scene.target)
    _put(told.scores, fitted.scores(lesson.target, progress), lesson.rows, total)
    _put(told.weights, fitted.weights(lesson.target), lesson.rows, total)
    # Of what is made of updates, where only this was captured, the mean is not what is made of their mean.
    if groups and (fitted.pooling != "updates" or scene.experiment.capture.store == "updates"):
        own = np.flatnonzero(np.isin([group.rows[0] for group in groups], lesson.rows))
        with meter.aside():
            found = _of_groups(fitted, lesson, [groups[number] for number in own], progress)
        _put(told.groups, found, own, len(groups))
        told.pooling = fitted.pooling
    attack = adversary.attack
    if tells_inputs(attack, scene.experiment):
        with meter.aside():
            told.inputs.ask(attack, fitted, lesson, stream, progress)


def _of_groups(
    fitted: FittedAttack, lesson: Lesson, groups: list[Observed], progress: Progress
) -> Mapping[str, Floats]:
    """What is said of groups whose rows are places in the scene's target, in which the lesson's rows ascend."""
    places = [np.searchsorted(lesson.rows, group.rows).tolist() for group in groups]
    return fitted.group_scores(lesson.target, places, progress)


def _put(merged: dict[str, Floats], found: Mapping[str, Floats], rows: Ints, total: int) -> None:
    for layer, values in found.items():
        merged.setdefault(layer, np.empty((total, *values.shape[1:])))[rows] = values


def progress_of(bars: Bars, title: str) -> Progress:
    """Each thing that is being done has a bar of its own, below ``title``."""
    named: dict[str, Callable[[int, int], None]] = {}

    def progress(what: str, done: int, total: int) -> None:
        if what not in named:
            named[what] = bars.bar(f"{title}: {what}")
        named[what](done, total)

    return progress
