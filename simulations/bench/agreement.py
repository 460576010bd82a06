"""Whether all sides compute the same: a few rounds without dropout, held against the ``inline`` engine.

Adam divides by the root of a second moment near zero, which makes rounding visible: the tolerances are far above
rounding, and far below what a wrong step, batch or weight would leave.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fedser.algorithms import AlgorithmConfig
from fedser.engine.data import TrainingData
from fedser.models.parameters import parameters
from fedser.updates.update import Arrays
from simulations.bench.engines import REFERENCE
from simulations.bench.setting import Setting
from simulations.bench.side import Job, Outcome, Side

ROUNDS = 3
LOSS, SCORE, MODEL = 1e-4, 1e-2, 1e-2
"""Tolerances: of the losses (relative), of accuracies and UAR (absolute: a few utterances), of the way moved."""

CHECKED = (
    f"{ROUNDS} rounds without dropout; tolerances: loss {LOSS:g} (relative), scores {SCORE:g}, model {MODEL:g} of the"
    " way it moved"
)

Run = Callable[[Side, Job], Outcome]
"""Runs a side, here or in a process of its own."""


@dataclass(frozen=True)
class Agreement:
    """The largest differences of one side from the reference.

    ``loss`` is relative; ``score`` absolute, over validation and test accuracy and the best UAR; ``model`` is the
    distance of the final models relative to how far the reference has moved from the initial one.
    """

    side: str
    reference: str
    case: str
    loss: float
    score: float
    model: float

    @property
    def holds(self) -> bool:
        """Whether every difference is within its tolerance."""
        return self.loss <= LOSS and self.score <= SCORE and self.model <= MODEL


def here(side: Side, job: Job) -> Outcome:
    """Run a side in this process, whoever waits for its rounds."""
    return side.run(job, lambda: None)


def agreements(
    setting: Setting, algorithm: AlgorithmConfig, data: TrainingData, sides: Sequence[Side], run: Run = here
) -> Iterator[Agreement]:
    """Each of ``sides`` that is not the reference itself, with one algorithm."""
    job = Job(setting.simulation(algorithm, ROUNDS, dropout=(0.0, 0.0)), data)
    start, right = parameters(job.network()), here(REFERENCE, job)
    for side in sides:
        if side.name == REFERENCE.name:
            continue
        found = run(side, job)
        yield Agreement(
            side=side.name,
            reference=REFERENCE.name,
            case=algorithm.name,
            loss=float(np.max(np.abs(np.divide(found.train_loss, right.train_loss) - 1))),
            score=_score_difference(found, right),
            model=_distance(found.model, right.model) / _distance(right.model, start),
        )


def _score_difference(found: Outcome, right: Outcome) -> float:
    """Zero where neither side has held anything out; NaN, which no tolerance allows, where only one has."""
    pairs = [
        *zip(found.validation_accuracy, right.validation_accuracy, strict=True),
        *zip(found.test_accuracy, right.test_accuracy, strict=True),
    ]
    if found.best_score is not None and right.best_score is not None:
        pairs.append((found.best_score, right.best_score))
    return float(np.max([0.0 if np.isnan(a) and np.isnan(b) else abs(a - b) for a, b in pairs]))


def _distance(one: Arrays, other: Arrays) -> float:
    return float(np.sqrt(sum(np.sum(np.square(one[name] - other[name], dtype=np.float64)) for name in one)))
